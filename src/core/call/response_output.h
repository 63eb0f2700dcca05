#pragma once

#include <string>

#include "core/http/http.h"
#include "core/output/writer.h"

namespace mscomm {

/// Passes a response on to a writer as it comes in: its status line and headers if asked for, and
/// the body's exact bytes. For a terminal control characters become visible, and a body whose type
/// is JSON stands, when all of it is there, a member a line.
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

  /// Hands the writer what is still held back. Call when no more comes.
  void end();

 private:
  Writer& writer_;
  Options options_;
  std::string incomplete_;  ///< the first bytes of a UTF-8 sequence that a piece's end cut
  bool is_json_ = false;    ///< then `incomplete_` is all that came
  char last_ = '\n';
};

/// Writes all that the writer holds; false when the deadline passed first. Throws as
/// Writer::flush().
bool flush(Writer& writer, const Deadline& deadline, const StopSignal& stop);

/// `HTTP/1.1 200 OK`, the headers as received and an empty line, each ended by CR LF as on the
/// wire.
void append_head(std::string& out, const HttpResponse& response);

}  // namespace mscomm
