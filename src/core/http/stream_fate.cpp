#include "core/http/stream_fate.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/http/curl_info.h"
#include "core/http/tls_watch.h"

namespace mscomm {
namespace {

// The number behind `label`.
std::optional<std::uint32_t> number_after(std::string_view text, std::string_view label) {
  const auto at = text.find(label);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  text.remove_prefix(at + label.size());
  std::uint32_t number = 0;
  const auto* const end = text.data() + text.size();
  return std::from_chars(text.data(), end, number).ec == std::errc() ? std::optional(number)
                                                                     : std::nullopt;
}

bool is_passing(std::string_view text) {
  constexpr std::array<std::string_view, 7> kPassing{"We are completely uploaded and fine",
                                                     "upload completely sent off",
                                                     "old SSL session ID is stale, removing",
                                                     "TLSv1.",
                                                     "Mark bundle as",
                                                     "Closing connection ",
                                                     "Connection #"};
  return std::ranges::any_of(kPassing, [text](auto passing) { return text.starts_with(passing); });
}

}  // namespace

Http2Remark read_http2_remark(std::string_view text) {
  using Kind = Http2Remark::Kind;
  if (text.starts_with("h2h3 [")) {
    return {Kind::headers, 0};
  }
  if (text.starts_with("Using Stream ID: ")) {
    if (const auto stream = number_after(text, "Using Stream ID: ")) {
      return {Kind::stream, *stream};
    }
  }
  if (text.starts_with("recveived GOAWAY") || text.starts_with("received GOAWAY")) {
    if (const auto last = number_after(text, "last_stream=")) {
      return {Kind::goaway, *last};
    }
  }
  if (text.starts_with("REFUSED_STREAM, retrying")) {
    return {Kind::refused, 0};
  }
  if (text.starts_with("Connection died, ")) {
    return {Kind::ended, 0};
  }
  if (text.starts_with("Downgrades to HTTP/1.1")) {
    return {Kind::downgrade, 0};
  }
  return {is_passing(text) ? Kind::passing : Kind::unknown, 0};
}

void StreamFate::sending() noexcept {
  const bool may_say_refused = may_say_refused_;
  *this = StreamFate(handle_);
  may_say_refused_ = may_say_refused;
}

std::optional<std::uint32_t> StreamFate::remark(std::string_view text, std::uint64_t round) {
  const auto [kind, number] = read_http2_remark(text);
  switch (kind) {
    case Http2Remark::Kind::headers:
      has_headers_ = true;
      break;
    case Http2Remark::Kind::stream:
      stream_ = number;
      has_unknown_ = false;
      break;
    case Http2Remark::Kind::goaway:
      return has_stream() ? std::optional(number) : std::nullopt;
    case Http2Remark::Kind::refused:
      was_refused_ = true;
      is_unprocessed_ = is_unprocessed_ || (has_stream() && !may_say_refused_) ||
                        (is_silent() && went_on_in_ != round);
      has_ended_ = true;
      may_say_refused_ = false;
      break;
    // All that libcurl says of a refused stream on a connection that was used before. It remembers
    // the refusal and says it of a later stream, whatever became of that one.
    case Http2Remark::Kind::ended:
      may_say_refused_ = may_say_refused_ || !was_refused_;
      is_unprocessed_ = is_unprocessed_ || (is_silent() && went_on_in_ != round);
      has_ended_ = true;
      is_unprocessed_ = is_unprocessed_ || was_held_back();
      break;
    case Http2Remark::Kind::downgrade:
      wants_http1_1_ = true;
      has_ended_ = true;
      break;
    case Http2Remark::Kind::passing:
      break;
    case Http2Remark::Kind::unknown:
      has_unknown_ = true;
  }
  return std::nullopt;
}

void StreamFate::went_away(std::uint32_t last) noexcept {
  is_unprocessed_ = is_unprocessed_ || (has_stream() && *stream_ > last);
}

const void* StreamFate::connection() const noexcept { return tls_connection(handle_); }

bool StreamFate::is_unprocessed(CURLcode code) const noexcept {
  return is_unprocessed_ || (code == CURLE_RECV_ERROR && is_silent());
}

int StreamFate::status() const {
  curl_header* status = nullptr;
  const auto find = [&](std::size_t index) {
    constexpr int kLastRequest = -1;
    return CurlLibrary::get().easy_header(handle_, ":status", index, CURLH_PSEUDO, kLastRequest,
                                          &status) == CURLHE_OK;
  };
  int number = 0;
  if (find(0) && find(status->amount - 1)) {
    const std::string_view text(status->value);
    std::from_chars(text.data(), text.data() + text.size(), number);
  }
  return number >= 200 ? number : 0;
}

// libcurl 7.88 explains each CURLE_RECV_ERROR over HTTP/2 in a remark, except that of a stream that
// was refused (lib/http2.c, http2_handle_stream_close()).
bool StreamFate::is_silent() const noexcept {
  constexpr unsigned kMinor = 8;
  constexpr unsigned kSilentVersion = 0x0758;
  static const bool is_known =
      CurlLibrary::get().version_info(CURLVERSION_NOW)->version_num >> kMinor == kSilentVersion;
  return is_known && has_stream() && !has_unknown_;
}

}  // namespace mscomm
