#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/call/circuits.h"
#include "core/call/judgement.h"
#include "core/call/retry.h"
#include "core/http/curl_client.h"

namespace mscomm {

/// A condition to wait for by asking again and again.
struct Polling {
  std::string condition;  ///< a jq expression over the record of a response
  Duration every = std::chrono::seconds(1);
};

/// How services are called and what is asked of their responses, for one request or thousands.
struct CallPlan {
  HttpClientOptions client;
  Judgement::Demands demands;
  std::optional<CircuitPlan> circuit;  ///< absent: no circuit breaker
  /// Sent as Idempotency-Key, so that a service can tell a repetition: requests are then safe to
  /// send again, whatever their method. Empty: a random one for each request.
  std::optional<std::string> idempotency_key;
  std::optional<Duration> request_timeout;  ///< of each attempt, its redirects included
  bool follow = false;                      ///< redirects
  std::size_t max_redirects = 10;
  RetryPolicy retry;
  std::optional<Polling> until;
};

}  // namespace mscomm
