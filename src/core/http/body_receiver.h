#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/content_coding.h"
#include "core/http/http.h"
#include "core/http/http_client_options.h"

namespace mscomm {

/// Hands the body of a response to the exchange's sink: unpacked if that was asked for, no more
/// than is allowed, and no faster than the sink takes it.
class BodyReceiver {
 public:
  /// Both arguments must outlive it.
  BodyReceiver(HttpExchange& exchange, const HttpClientOptions& options)
      : exchange_(exchange), options_(options) {}

  /// Prepares for another response.
  void begin_again();

  enum class Verdict {
    taken,
    later,    ///< the same bytes are to come again once can_go_on()
    refused,  ///< for the reason of refusal()
  };
  /// The next bytes as they came. Throws what the sink throws.
  Verdict take(std::string_view piece);
  /// Why a body of that announced length is not wanted; nothing when it is.
  [[nodiscard]] std::optional<HttpFailure> refusal_of_length(std::uint64_t length) const;
  [[nodiscard]] const HttpFailure& refusal() const { return refusal_; }

  /// Whether the last verdict was "later".
  [[nodiscard]] bool is_paused() const { return paused_; }
  /// What the sink of a paused body waits for, see BodySink::blocked_on(); -1: it may go on.
  [[nodiscard]] int blocked_on() const { return paused_ ? sink_blocked_on() : -1; }
  /// Lets the sink go on; whether the body may, too. Throws what the sink throws.
  bool resume();
  /// Ends the pause.
  void go_on() { paused_ = false; }

  /// The bytes that were taken, as they came.
  [[nodiscard]] std::uint64_t received_bytes() const {
    return decoder_ ? decoder_->packed_bytes() : exchange_.response.body_bytes;
  }

  /// Whether a body that has ended was whole, as far as its packing tells.
  [[nodiscard]] bool is_whole() const { return !decoder_ || decoder_->is_whole(); }

 private:
  [[nodiscard]] bool is_packed() const;
  [[nodiscard]] int sink_blocked_on() const;
  Verdict unpack(std::string_view piece);
  bool pass_on(std::string_view piece);
  bool refuse_size(std::string what);

  HttpExchange& exchange_;
  const HttpClientOptions& options_;
  std::optional<BodyDecoder> decoder_;  ///< of a packed body, once it has begun
  HttpFailure refusal_;
  bool is_refused_ = false;
  bool paused_ = false;
};

}  // namespace mscomm
