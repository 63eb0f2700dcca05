#pragma once

#include <cstdint>
#include <string_view>

#include "core/http/failure_set.h"
#include "core/http/http.h"
#include "core/resilience/backoff.h"

namespace mscomm {

/// The failures after which a request is sent again, unless others are given.
inline constexpr std::string_view kRetryOn = "408,429,5xx,connect,reset,timeout";

/// When a request is sent again.
struct RetryPolicy {
  std::uint32_t retries = 0;  ///< attempts after the first one
  FailureSet failures = FailureSet::parse(kRetryOn, "");
  Backoff backoff;
  bool honours_retry_after = true;
  /// No attempt begins later than that after the first; so every run ends.
  Duration max_time = std::chrono::minutes(5);
  bool unsafe = false;  ///< also methods that are not idempotent
};

/// Whether the policy has another attempt for what came of an exchange, the time left aside.
/// `attempts` have been made. What failed on our side and what a deadline of the whole command
/// ended is not tried again.
bool is_worth_retrying(const RetryPolicy& policy, const HttpExchange& exchange,
                       std::uint32_t attempts);

}  // namespace mscomm
