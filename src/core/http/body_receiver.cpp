#include "core/http/body_receiver.h"

#include <fmt/format.h>

#include <utility>

namespace mscomm {

void BodyReceiver::begin_again() {
  decoder_.reset();
  is_refused_ = false;
  paused_ = false;
}

BodyReceiver::Verdict BodyReceiver::take(std::string_view piece) {
  paused_ = sink_blocked_on() >= 0;
  if (paused_) {
    return Verdict::later;
  }
  if (is_packed()) {
    return unpack(piece);
  }
  return pass_on(piece) ? Verdict::taken : Verdict::refused;
}

bool BodyReceiver::is_packed() const {
  return options_.compressed &&
         find_header(exchange_.response.headers, "content-encoding") != nullptr;
}

int BodyReceiver::sink_blocked_on() const {
  return exchange_.sink == nullptr ? -1 : exchange_.sink->blocked_on();
}

bool BodyReceiver::resume() {
  if (sink_blocked_on() >= 0) {
    exchange_.sink->resume();
  }
  return sink_blocked_on() < 0;
}

BodyReceiver::Verdict BodyReceiver::unpack(std::string_view piece) {
  try {
    if (!decoder_) {
      decoder_.emplace(exchange_.response.headers);
    }
    paused_ = !decoder_->feed(
        piece, [this](std::string_view part) { return pass_on(part) && sink_blocked_on() < 0; });
  } catch (const UndecodableBody& error) {
    refusal_ = {HttpFault::protocol, error.reason(), error.what(), error.hint()};
    return Verdict::refused;
  }
  // What is packed is smaller than what it becomes; line by line, or by malice, it is not.
  constexpr std::uint64_t kMostExpansion = 4;
  constexpr std::uint64_t kAlwaysAllowed = std::uint64_t{1} << 20U;
  if (options_.max_body_bytes != 0 &&
      decoder_->packed_bytes() / kMostExpansion > options_.max_body_bytes + kAlwaysAllowed) {
    refuse_size("the packed body is much larger than --max-size allows");
  }
  return is_refused_ ? Verdict::refused : paused_ ? Verdict::later : Verdict::taken;
}

bool BodyReceiver::pass_on(std::string_view piece) {
  auto& bytes = exchange_.response.body_bytes;
  bytes += piece.size();
  if (options_.max_body_bytes != 0 && bytes > options_.max_body_bytes) {
    return refuse_size(fmt::format("the body is larger than the {} bytes that --max-size allows",
                                   options_.max_body_bytes));
  }
  if (exchange_.sink != nullptr) {
    exchange_.sink->body(piece);
  }
  return true;
}

bool BodyReceiver::refuse_size(std::string what) {
  refusal_ = {HttpFault::too_large, Exit::failed, std::move(what), ""};
  is_refused_ = true;
  return false;
}

// The length of a packed body says nothing of what it becomes.
std::optional<HttpFailure> BodyReceiver::refusal_of_length(std::uint64_t length) const {
  if (options_.max_body_bytes == 0 || length <= options_.max_body_bytes || is_packed() ||
      exchange_.request.method == "HEAD") {
    return std::nullopt;
  }
  return HttpFailure{HttpFault::too_large, Exit::failed,
                     fmt::format("the body of {} bytes is larger than --max-size allows", length),
                     ""};
}

}  // namespace mscomm
