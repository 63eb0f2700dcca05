#pragma once

#include <string>

#include "core/http/http.h"
#include "core/output/pieces.h"
#include "core/output/writer.h"

namespace mscomm {

/// Streams a response to a writer: the status line and headers if asked for, and the body's exact
/// bytes. For a terminal it makes control characters visible, and prints a JSON body with one
/// member a line once all of it has come.
class ResponseOutput final : public BodySink {
 public:
  struct Options {
    bool head = false;  ///< status line and headers before the body
    bool for_terminal = false;
    bool colored = false;
  };

  ResponseOutput(Writer& writer, Options options) : writer_(writer), options_(options) {}

  void begin(const HttpResponse& response) override;
  void body(std::string_view piece) override;
  [[nodiscard]] int blocked_on() const override;
  void resume() override { writer_.try_flush(); }

  /// Writes what is still held back. Call it after the last piece.
  void end(const Pause& pause = {});

 private:
  Writer& writer_;
  Options options_;
  std::string incomplete_;  ///< the beginning of a UTF-8 sequence cut by a piece's end
  bool is_json_ = false;    ///< if so, `incomplete_` is the whole body so far
  char last_ = '\n';
};

/// Writes all that is buffered; false when the deadline passed first. Throws as Writer::flush().
bool flush(Writer& writer, const Deadline& deadline, const StopSignal& stop);

/// `HTTP/1.1 200 OK`, the headers as received and an empty line, each ended by CR LF as on the
/// wire.
void append_head(std::string& out, const HttpResponse& response);

}  // namespace mscomm
