#pragma once

#include <functional>
#include <optional>
#include <random>

#include "core/call/http_record.h"
#include "core/call/retry.h"
#include "core/event/trace_context.h"
#include "core/http/http.h"
#include "core/resilience/breaker.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// How long polling goes on when the command has no deadline.
inline constexpr Duration kPollTime = std::chrono::minutes(5);

/// How a URL is asked, and asked again, until there is a response to keep.
struct RequestPlan {
  HttpRequest request;
  bool follow = false;
  std::size_t max_redirects = 10;
  RetryPolicy retry;
  Duration poll_every = std::chrono::seconds(1);
  std::optional<Duration> request_timeout;  ///< of each attempt, its redirects included
};

struct RequestHooks {
  /// What is wrong with what came; nothing when it is what was asked for.
  std::function<std::optional<Error>(const HttpExchange&, const HttpRecord&)> judge;
  /// Why a request is not to be sent at all; nothing when it may be.
  std::function<std::optional<Error>(const HttpRequest&)> refusal = {};
  /// Whether it is what is waited for. Without it nothing is polled.
  std::function<bool(const HttpRecord&)> awaited;
  /// Whether `judge` looks at bodies.
  bool reads_body = false;
  /// Asked before each attempt, and told of `breaking` ones.
  Breaker* breaker = nullptr;
  FailureSet breaking = {};
};

/// What came of a request in the end.
struct Answer {
  HttpRecord record;  ///< without its body when that went to the sink
  std::optional<Error> error;
  bool streamed = false;
  bool complete = false;  ///< all of a response came, whatever it says
};

/// Sends a request as often as its plan says and returns what came of the last attempt.
///
/// The body goes to `sink` as it comes when no other attempt can follow and nobody has to look at
/// it before; else it is in the record. So nothing of an attempt that is repeated is ever seen.
/// An attempt that the circuit breaker refuses is the last one: nothing is sent, and its error is
/// Error{circuit_open}. Each attempt is a span of its own in `trace`, unless the request says
/// something else about the header traceparent. Throws Interrupted, and what the sink throws.
Answer request(HttpClient& client, const RequestPlan& plan, const RequestHooks& hooks,
               BodySink* sink, const TraceContext& trace, const Context& context);

}  // namespace mscomm
