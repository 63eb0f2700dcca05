#include "core/call/requester.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/http/redirect.h"
#include "core/http/request_parts.h"
#include "core/http/retry_after.h"
#include "core/output/writer.h"
#include "core/runtime/duration.h"
#include "core/runtime/poll.h"
#include "core/runtime/random_id.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

class Requesting {
 public:
  Requesting(HttpClient& client, const RequestPlan& plan, const RequestHooks& hooks, BodySink* sink,
             const TraceContext& trace, const Context& context)
      : client_(client),
        plan_(plan),
        hooks_(hooks),
        sink_(sink),
        trace_(trace),
        context_(context),
        start_(context.clock.now()) {}

  Answer run() {
    if (is_not_to_be_sent()) {
      return std::move(answer_);
    }
    for (;;) {
      attempt();
      was_in_doubt_ = was_in_doubt_ || is_in_doubt();
      const auto pause = hooks_.awaited ? pause_before_poll() : pause_before_retry();
      if (!pause) {
        remember_doubt();
        return std::move(answer_);
      }
      sleep_or_throw(Deadline(context_.clock.now() + *pause), context_.stop);
    }
  }

 private:
  void begin_answer() {
    answer_ = {};
    answer_.record.method = plan_.request.method;
    answer_.record.url = plan_.request.url.shown;
    answer_.record.trace_id = trace_.trace_id();
  }

  bool is_not_to_be_sent() {
    if (!hooks_.refusal) {
      return false;
    }
    begin_answer();
    answer_.record.attempts = 0;
    auto request = plan_.request;
    add_default_header(request, "traceparent", trace_.new_span());
    answer_.error = hooks_.refusal(request);
    note_error();
    return answer_.error.has_value();
  }

  void attempt() {
    begin_answer();
    const auto permit = hooks_.breaker == nullptr ? Permit() : hooks_.breaker->acquire();
    is_refused_ = !permit.allowed;
    if (is_refused_) {
      answer_.record.attempts = static_cast<int>(attempts_);
      answer_.error = hooks_.breaker->refusal(permit);
      note_error();
      return;
    }
    ++attempts_;
    try {
      send();
    } catch (...) {
      tell_breaker(permit, CallOutcome::ignored);
      throw;
    }
    tell_breaker(permit, hooks_.breaking.contains(last_) ? CallOutcome::failure
                         : last_.failure                 ? CallOutcome::ignored
                                                         : CallOutcome::success);
  }

  void tell_breaker(const Permit& permit, CallOutcome outcome) {
    if (hooks_.breaker != nullptr) {
      CallReport report{outcome, answer_.record.total(), {}, answer_.record.error};
      if (outcome == CallOutcome::failure) {
        report.retry_after = retry_after(last_.response, context_.clock.wall());
      }
      hooks_.breaker->record(permit, report);
    }
  }

  void send() {
    HttpExchange exchange;
    exchange.request = plan_.request;
    exchange.deadline = context_.deadline;
    if (plan_.request_timeout) {
      exchange.deadline =
          exchange.deadline.min(Deadline(context_.clock.now() + *plan_.request_timeout));
    }
    add_default_header(exchange.request, "traceparent", trace_.new_span());
    MemorySink held;
    const bool is_last = attempts_ > plan_.retry.retries && !hooks_.awaited;
    answer_.streamed = is_last && !hooks_.reads_body && sink_ != nullptr;
    exchange.sink = answer_.streamed ? sink_ : &held;
    auto& record = answer_.record;
    try {
      perform_following(client_, exchange, plan_.follow, plan_.max_redirects, record.redirects);
    } catch (const ReaderGone&) {
      // It left a body, so the status is known, and whoever set pipefail asks for it.
      if (const auto error = hooks_.judge(exchange, record)) {
        throw *error;
      }
      throw;
    }
    record.method = exchange.request.method;
    record.url = exchange.request.url.shown;
    attempts_ += std::max(exchange.response.sends, 1U) - 1;
    record.attempts = static_cast<int>(attempts_);
    record.response = exchange.response;
    record.body = std::move(held.bytes);
    judge(exchange);
    answer_.complete = !exchange.failure;
    last_ = std::move(exchange);
  }

  void judge(const HttpExchange& exchange) {
    answer_.error = hooks_.judge(exchange, answer_.record);
    note_error();
  }

  void note_error() {
    auto& record = answer_.record;
    record.outcome = answer_.error ? answer_.error->reason() : Exit::ok;
    record.error = answer_.error ? answer_.error->what() : "";
  }

  [[nodiscard]] bool has_time_for(Duration pause, Duration most) const {
    const auto next = context_.clock.now() + pause;
    return next - start_ <= most && !context_.deadline.passed(next);
  }

  // A request that was redirected has arrived, whatever came of the hops after it.
  [[nodiscard]] bool is_to_be_repeated(const RetryPolicy& policy) const {
    const bool is_safe = policy.unsafe || is_idempotent(plan_.request.method);
    return answer_.error && (is_safe || answer_.record.redirects.empty()) &&
           is_worth_retrying(policy, last_, attempts_);
  }

  std::optional<Duration> pause_before_retry() {
    const auto& policy = plan_.retry;
    if (is_refused_) {
      return std::nullopt;
    }
    if (!is_to_be_repeated(policy)) {
      say_why_not_again();
      say_how_often();
      return std::nullopt;
    }
    auto pause = policy.backoff.pause_after(attempts_, random_);
    if (policy.honours_retry_after && !last_.failure) {
      pause = retry_after(last_.response, context_.clock.wall()).value_or(pause);
    }
    const auto shown =
        format_duration(pause < std::chrono::seconds(10)
                            ? Duration(std::chrono::round<Milliseconds>(pause))
                            : Duration(std::chrono::round<std::chrono::seconds>(pause)));
    if (!has_time_for(pause, policy.max_time)) {
      context_.log.warning("not tried again: the next attempt would be in {}, which is too late",
                           shown);
      say_how_often();
      return std::nullopt;
    }
    context_.log.warning("{}; attempt {} of {} in {}", answer_.error->what(), attempts_ + 1,
                         policy.retries + 1, shown);
    return pause;
  }

  [[nodiscard]] bool is_in_doubt() const {
    return answer_.error && answer_.error->reason() == Exit::in_doubt;
  }

  // What came of the last attempt says nothing of one before it that may have arrived.
  void remember_doubt() {
    if (was_in_doubt_ && answer_.error && !is_in_doubt() && (is_refused_ || last_.failure)) {
      answer_.error = Error(Exit::in_doubt, answer_.error->what(),
                            "an attempt before was sent and not answered");
      note_error();
    }
  }

  void say_why_not_again() {
    auto bolder = plan_.retry;
    bolder.unsafe = true;
    if (is_to_be_repeated(bolder)) {
      context_.log.warning_with_hint(
          fmt::format("{} is not sent again: it would perhaps be done twice",
                      answer_.record.method),
          "--idempotency-key auto lets the service see that it is the same, --retry-unsafe does "
          "not mind");
    }
  }

  void say_how_often() {
    if (answer_.error && attempts_ > 1) {
      answer_.error = Error(answer_.error->reason(),
                            fmt::format("{} (attempt {})", answer_.error->what(), attempts_),
                            answer_.error->hint());
      note_error();
    }
  }

  std::optional<Duration> pause_before_poll() {
    if (hooks_.awaited(answer_.record)) {
      return std::nullopt;
    }
    const auto last_time = context_.deadline.at() ? Duration::max() : kPollTime;
    if (has_time_for(plan_.poll_every, last_time)) {
      context_.log.info("not yet: {}", answer_.error ? answer_.error->what() : "it does not hold");
      return plan_.poll_every;
    }
    const auto waited = std::chrono::round<Milliseconds>(context_.clock.now() - start_);
    answer_.error = Error(
        Exit::timeout,
        fmt::format("{} {}: what --until says did not hold for {}, in {} attempts",
                    answer_.record.method, answer_.record.url, format_duration(waited), attempts_),
        answer_.error ? fmt::format("the last one: {}", answer_.error->what())
                      : "--timeout sets how long to wait for it");
    note_error();
    return std::nullopt;
  }

  HttpClient& client_;
  const RequestPlan& plan_;
  const RequestHooks& hooks_;
  BodySink* sink_;
  const TraceContext& trace_;
  const Context& context_;
  TimePoint start_;
  std::mt19937 random_{static_cast<std::uint32_t>(random_bits())};
  std::uint32_t attempts_ = 0;
  bool is_refused_ = false;    // by the circuit breaker
  bool was_in_doubt_ = false;  // an attempt
  HttpExchange last_;
  Answer answer_;
};

}  // namespace

Answer request(HttpClient& client, const RequestPlan& plan, const RequestHooks& hooks,
               BodySink* sink, const TraceContext& trace, const Context& context) {
  return Requesting(client, plan, hooks, sink, trace, context).run();
}

}  // namespace mscomm
