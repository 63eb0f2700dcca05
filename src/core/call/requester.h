#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/call/call_plan.h"
#include "core/call/http_record.h"
#include "core/call/service_client.h"
#include "core/event/trace_context.h"
#include "core/expression/expression.h"
#include "core/runtime/error.h"

namespace mscomm {

/// How long polling goes on when the command has no deadline.
inline constexpr Duration kPollTime = std::chrono::minutes(5);

/// What came of a request in the end.
struct Answer {
  HttpRecord record;  ///< without its body when that went to the sink
  std::optional<Error> error;
  bool streamed = false;
  bool complete = false;  ///< all of a response came, whatever it says
};

/// Asks services as a plan says: again after a failure, again until a condition holds, along
/// redirects, and not at all where the contract or an open circuit forbids it. For one thread.
class Requester {
 public:
  /// Throws as ServiceClient, and Error{usage} for a condition that does not compile. What it is
  /// given must outlive it.
  Requester(const CallPlan& plan, const std::shared_ptr<DocumentFiles>& files,
            const TraceContext& trace, const Context& context);
  /// With another client than libcurl.
  Requester(std::unique_ptr<HttpClient> client, const CallPlan& plan,
            const std::shared_ptr<DocumentFiles>& files, const TraceContext& trace,
            const Context& context);

  /// Sends a request as often as the plan says and returns what came of the last attempt.
  ///
  /// The body goes to `sink` as it comes when no other attempt can follow and nobody has to look at
  /// it before; else it is in the record. So nothing of an attempt that is repeated is ever seen.
  /// An attempt that the circuit breaker refuses is the last one: nothing is sent, and its error is
  /// Error{circuit_open}. Each attempt is a span of its own in the trace, unless the request says
  /// something else about the header traceparent. Throws Interrupted, and what the sink throws.
  Answer ask(HttpRequest request, BodySink* sink);

 private:
  class Asking;

  bool is_awaited(const HttpRecord& record);

  const CallPlan& plan_;
  const TraceContext& trace_;
  const Context& context_;
  ServiceClient service_;
  std::optional<Expression> condition_;
  std::string last_problem_;  // of the condition
};

/// Asks for all of them, `at_once` in a thread each, and hands the answers to `take`: in the order
/// of the requests, and in the caller's thread. Throws what asking throws, and what `take` does.
void ask_all(const std::vector<HttpRequest>& requests, std::size_t at_once, const CallPlan& plan,
             const TraceContext& trace, const Context& context,
             const std::function<void(Answer)>& take);

}  // namespace mscomm
