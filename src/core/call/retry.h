#pragma once

#include <cstdint>
#include <string_view>

#include "core/http/failure_set.h"
#include "core/http/http.h"
#include "core/resilience/backoff.h"

namespace mscomm {

/// The failures after which a request is retried by default.
inline constexpr std::string_view kRetryOn = "408,429,5xx,connect,reset,timeout";

/// When a request is retried.
struct RetryPolicy {
  std::uint32_t retries = 0;  ///< attempts after the first one
  FailureSet failures = FailureSet::parse(kRetryOn, "");
  Backoff backoff;
  bool honours_retry_after = true;
  /// No attempt begins later than this after the first one, so every run ends.
  Duration max_time = std::chrono::minutes(5);
  bool unsafe = false;  ///< retry also methods that are not idempotent
};

/// Whether the policy allows another attempt after an exchange, apart from the time that is left.
/// `attempts` have been made. Failures on our side are not retried.
bool is_worth_retrying(const RetryPolicy& policy, const HttpExchange& exchange,
                       std::uint32_t attempts);

}  // namespace mscomm
