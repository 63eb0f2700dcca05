#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/call/circuits.h"
#include "core/call/judgement.h"
#include "core/call/retry.h"
#include "core/http/curl_client.h"

namespace mscomm {

/// A condition to poll for.
struct Polling {
  std::string condition;  ///< a jq expression over the response's record
  Duration every = std::chrono::seconds(1);
};

/// How services are called and how their responses are judged, for one request or thousands.
struct CallPlan {
  HttpClientOptions client;
  Judgement::Demands demands;
  std::optional<CircuitPlan> circuit;  ///< absent: no circuit breaker
  /// Sent as Idempotency-Key, so that a service recognises a repetition. Requests are then safe to
  /// retry, whatever their method. Empty: a random key for each request.
  std::optional<std::string> idempotency_key;
  std::optional<Duration> request_timeout;  ///< of each attempt, its redirects included
  bool follow = false;                      ///< redirects
  std::size_t max_redirects = 10;
  RetryPolicy retry;
  std::optional<Polling> until;
};

}  // namespace mscomm
