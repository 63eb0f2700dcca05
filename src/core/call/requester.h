#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/call/call_plan.h"
#include "core/call/http_record.h"
#include "core/call/kept_body.h"
#include "core/call/service_client.h"
#include "core/event/trace_context.h"
#include "core/expression/expression.h"
#include "core/runtime/error.h"

namespace mscomm {

/// How long polling goes on when the command has no deadline.
inline constexpr Duration kPollTime = std::chrono::minutes(5);

/// What becomes of a response's body.
struct BodyUse {
  BodyUse(BodySink* sink = nullptr) : sink(sink) {}  // NOLINT(google-explicit-constructor)

  BodySink* sink;  ///< streams it, if possible
  /// Without a sink: whether the record has it. Else it is counted and dropped, unless a check or a
  /// condition reads it.
  bool is_recorded = true;
  /// The memory that it shares with the bodies of other answers; may be null.
  std::shared_ptr<BodyRoom::Share> share;
};

/// The final outcome of a request.
struct Answer {
  HttpRecord record;  ///< without the body when it went to the sink
  std::optional<Error> error;
  bool streamed = false;
  bool complete = false;                   ///< a whole response came, whatever its status
  std::shared_ptr<BodyRoom::Share> share;  ///< of the record's body
};

/// Sends requests as a plan says: retries after failures, polls until a condition holds, follows
/// redirects, and sends nothing where the contract or an open circuit forbids it. For one thread.
class Requester {
 public:
  /// Throws as ServiceClient, and Error{usage} for a condition that does not compile. `plan`,
  /// `trace` and `context` must outlive it.
  Requester(const CallPlan& plan, const std::shared_ptr<DocumentFiles>& files,
            const TraceContext& trace, const Context& context);
  /// With an HTTP client other than libcurl.
  Requester(std::unique_ptr<HttpClient> client, const CallPlan& plan,
            const std::shared_ptr<DocumentFiles>& files, const TraceContext& trace,
            const Context& context);

  /// Sends a request as often as the plan says and returns the outcome of the last attempt.
  ///
  /// The body is streamed to the sink when no other attempt can follow and no check has to read it
  /// first; otherwise it is in the record. So output never holds a part of a repeated attempt. A
  /// body that is too large to be kept while another attempt could follow is streamed, too, and no
  /// attempt follows; where a record or a check needs it, it is a failure, Exit::unreachable. An
  /// attempt that the circuit breaker refuses is the last one: nothing is sent, and the error is
  /// Error{circuit_open}. Each attempt is a span of its own in the trace, unless the request sets
  /// the header traceparent itself. Throws Interrupted, and what the sink throws.
  Answer ask(HttpRequest request, BodyUse use);

 private:
  class Asking;

  bool is_awaited(const HttpRecord& record);

  const CallPlan& plan_;
  const TraceContext& trace_;
  const Context& context_;
  ServiceClient service_;
  std::optional<Expression> condition_;
  bool condition_reads_body_ = false;
  std::string last_problem_;  // the condition's last error
};

/// Sends all requests, up to `at_once` in parallel, each in a thread. Passes the answers to `take`
/// in the order of the requests, in the caller's thread. Bodies are in the records if
/// `are_recorded`; together they take the memory of one and 16 MiB. Throws as Requester::ask() and
/// `take` do.
void ask_all(const std::vector<HttpRequest>& requests, std::size_t at_once, const CallPlan& plan,
             bool are_recorded, const TraceContext& trace, const Context& context,
             const std::function<void(Answer)>& take);

}  // namespace mscomm
