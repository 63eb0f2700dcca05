#include "core/call/retry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "core/http/curl_library.h"
#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

// Those that another attempt may not meet.
constexpr std::array kPassing{HttpFault::connect, HttpFault::resolve, HttpFault::tls,
                              HttpFault::reset, HttpFault::timeout};

constexpr std::array<std::string_view, 6> kIdempotent{"GET",    "HEAD",    "PUT",
                                                      "DELETE", "OPTIONS", "TRACE"};

// Whoever asks for more asks for never.
constexpr std::chrono::seconds kLongestPause = std::chrono::hours(24 * 365);

// Who could not connect has sent nothing.
bool was_not_sent(const HttpExchange& exchange) {
  return exchange.failure && (exchange.failure->fault == HttpFault::resolve ||
                              exchange.failure->fault == HttpFault::connect);
}

}  // namespace

FailureSet FailureSet::parse(std::string_view list, std::string_view what) {
  FailureSet set;
  std::string statuses;
  bool has_statuses = false;
  for (;;) {
    const auto comma = list.find(',');
    const auto item = trim(list.substr(0, comma));
    const auto* const fault = std::ranges::find(kPassing, item, fault_name);
    if (fault != kPassing.end()) {
      set.faults.set(static_cast<std::size_t>(*fault));
    } else if (!item.empty() && item.front() >= 'a' && item.front() <= 'z') {
      throw Error(Exit::usage, fmt::format("{}: '{}' is no way to fail", what, item),
                  "write connect, dns, tls, reset, timeout, or statuses such as 503 or 5xx");
    } else {
      statuses += fmt::format("{}{}", statuses.empty() ? "" : ",", item);
      has_statuses = true;
    }
    if (comma == std::string_view::npos) {
      break;
    }
    list.remove_prefix(comma + 1);
  }
  if (has_statuses) {
    set.statuses = StatusSet::parse(statuses, what);
  }
  return set;
}

bool FailureSet::contains(const HttpExchange& exchange) const {
  return exchange.failure ? faults.test(static_cast<std::size_t>(exchange.failure->fault))
                          : statuses.contains(exchange.response.status);
}

bool is_idempotent(std::string_view method) {
  return std::ranges::find(kIdempotent, method) != kIdempotent.end();
}

bool is_worth_retrying(const RetryPolicy& policy, const HttpExchange& exchange,
                       std::uint32_t attempts) {
  const bool is_safe =
      policy.unsafe || is_idempotent(exchange.request.method) || was_not_sent(exchange);
  return attempts <= policy.retries && is_safe && policy.failures.contains(exchange);
}

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
    return error == std::errc() ? std::chrono::seconds(seconds) : kLongestPause;
  }
  const auto date = CurlLibrary::get().getdate(value.c_str(), nullptr);
  if (date < 0) {
    return std::nullopt;
  }
  // A date may lie beyond what nanoseconds since 1970 can count, which is the year 2262.
  const auto now_seconds = std::chrono::ceil<std::chrono::seconds>(now.time_since_epoch());
  if (std::chrono::seconds(date) - now_seconds > kLongestPause) {
    return kLongestPause;
  }
  return std::max<Duration>(std::chrono::system_clock::from_time_t(date) - now, Duration::zero());
}

}  // namespace mscomm
