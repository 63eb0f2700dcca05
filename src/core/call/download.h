#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/call/response_output.h"
#include "core/http/http.h"
#include "core/http/status_set.h"
#include "core/runtime/error.h"

namespace mscomm {

/// Whether an answer of this kind has no body at all, which is another thing than an empty one: the
/// answer to HEAD, 1xx, 204, 205 and 304 (RFC 9110 sections 6.4.1 and 15.3.6).
bool has_no_body(std::string_view method, const HttpResponse& response);

/// The responses to requests whose output is a file. The body of a success goes into the file; the
/// beginning of any other is kept for the error message.
class Download final : public BodySink {
 public:
  /// `expected`: the statuses of a success; absent when any status is one. `head`: keep the status
  /// line and the headers, too. `output` must outlive it.
  Download(ResponseOutput& output, std::optional<StatusSet> expected, bool head)
      : output_(output), expected_(std::move(expected)), head_(head) {}

  void begin(const HttpResponse& response) override;
  void body(std::string_view piece) override;
  [[nodiscard]] int blocked_on() const override { return output_.blocked_on(); }
  void resume() override { output_.resume(); }

  /// Takes a whole body that was not streamed, for the file.
  void accept(const HttpResponse& response, std::string_view body);
  /// Takes a whole body that was not streamed, for the error message.
  void refuse(const HttpResponse& response, std::string_view body);

  /// Adds what did not go into the file, in lines that are marked as a quotation.
  void add_refused(Error& error) const;

 private:
  void begin_refused(const HttpResponse& response);

  ResponseOutput& output_;
  std::optional<StatusSet> expected_;
  bool head_;
  bool accepts_ = false;
  std::string refused_head_;
  std::string refused_body_;  ///< its beginning
  std::uint64_t refused_bytes_ = 0;
};

}  // namespace mscomm
