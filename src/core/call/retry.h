#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "core/http/http.h"
#include "core/http/status_set.h"
#include "core/resilience/backoff.h"

namespace mscomm {

/// Statuses and faults by which a call has failed.
struct FailureSet {
  /// Reads a list of connect, dns, tls, reset, timeout, and of statuses as StatusSet::parse() reads
  /// them. Throws Error{usage} that begins with `what`.
  static FailureSet parse(std::string_view list, std::string_view what);

  [[nodiscard]] bool contains(const HttpExchange& exchange) const;

  StatusSet statuses = StatusSet::none();
  std::bitset<16> faults;  ///< by HttpFault
};

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

/// Whether sending it twice does what sending it once does (RFC 9110 section 9.2.2).
bool is_idempotent(std::string_view method);

/// Whether the policy has another attempt for what came of an exchange, the time left aside.
/// `attempts` have been made. What failed on our side and what a deadline of the whole command
/// ended is not tried again.
bool is_worth_retrying(const RetryPolicy& policy, const HttpExchange& exchange,
                       std::uint32_t attempts);

/// How long a response asks to wait (RFC 9110 section 10.2.3): seconds or a date, which may have
/// passed. Nothing when it does not say so, or not in a way that can be read.
std::optional<Duration> retry_after(const HttpResponse& response, WallTime now);

}  // namespace mscomm
