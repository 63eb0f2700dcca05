#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/options/breaker_options.h"
#include "core/call/retry.h"
#include "core/http/status_set.h"

namespace mscomm {

class CommandLine;

/// What a response must be, and what happens when it is not: retries, waiting, a circuit breaker.
struct ResponseOptions {
  bool follow = false;
  unsigned max_redirects = 10;
  std::optional<StatusSet> expected;
  std::vector<std::string> assertions;
  std::optional<std::string> jq;
  bool timing = false;
  std::optional<Duration> request_timeout;
  RetryPolicy retry;
  std::optional<std::string> idempotency_key;
  std::optional<std::string> until;
  std::optional<Duration> every;
  CircuitBreakerOptions breaker;
  std::optional<std::string> schema;
  std::optional<std::string> openapi;

  /// Throws Error{usage} for contradictions.
  void validate() const;
  /// The statuses that count as success; absent when any status does.
  [[nodiscard]] std::optional<StatusSet> successes() const;
};

/// --expect, --assert, --schema, --openapi.
void bind_judgement_options(CommandLine& line, ResponseOptions& options);
/// --request-timeout, --retry and its parameters, --idempotency-key, --until.
void bind_resilience_options(CommandLine& line, ResponseOptions& options);

}  // namespace mscomm
