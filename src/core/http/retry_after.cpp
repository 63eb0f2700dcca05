#include "core/http/retry_after.h"

#include <algorithm>
#include <charconv>

#include "core/http/curl_library.h"

namespace mscomm {
namespace {

// A server that asks for more might as well ask for never.
constexpr std::chrono::seconds kLongestWait = std::chrono::hours(24 * 365);

}  // namespace

std::optional<Duration> retry_after(const HttpResponse& response, WallTime now) {
  const auto* const header = find_header(response.headers, "retry-after");
  if (header == nullptr) {
    return std::nullopt;
  }
  const auto& value = header->value;
  std::uint32_t seconds = 0;
  const auto* const end = value.data() + value.size();
  const auto [stopped, error] = std::from_chars(value.data(), end, seconds);
  if (stopped == end && error != std::errc::invalid_argument) {
    return error == std::errc() ? std::chrono::seconds(seconds) : kLongestWait;
  }
  const auto date = CurlLibrary::get().getdate(value.c_str(), nullptr);
  if (date < 0) {
    return std::nullopt;
  }
  // Nanoseconds since 1970 end in the year 2262; the date may be later.
  const auto now_seconds = std::chrono::ceil<std::chrono::seconds>(now.time_since_epoch());
  if (std::chrono::seconds(date) - now_seconds > kLongestWait) {
    return kLongestWait;
  }
  return std::max<Duration>(std::chrono::system_clock::from_time_t(date) - now, Duration::zero());
}

}  // namespace mscomm
