#include "core/call/requester.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "core/expression/reach.h"
#include "core/http/redirect.h"
#include "core/http/request_parts.h"
#include "core/http/retry_after.h"
#include "core/output/writer.h"
#include "core/runtime/duration.h"
#include "core/runtime/files.h"
#include "core/runtime/ordered_workers.h"
#include "core/runtime/poll.h"
#include "core/runtime/random_id.h"
#include "core/telemetry/step_names.h"

namespace mscomm {
namespace {

std::optional<Expression> compiled(const CallPlan& plan) {
  return plan.until ? std::optional<Expression>(std::in_place, plan.until->condition, "--until",
                                                plan.demands.limits.for_expressions())
                    : std::nullopt;
}

bool reads_body(const std::optional<Polling>& polling) {
  return polling && may_read(polling->condition, HttpRecordInput::body_members());
}

}  // namespace

// One request, from its first attempt to the answer.
class Requester::Asking {
 public:
  Asking(Requester& requester, HttpRequest request, BodyUse use)
      : requester_(requester),
        service_(requester.service_),
        plan_(requester.plan_),
        context_(requester.context_),
        request_(std::move(request)),
        retry_(plan_.retry),
        use_(std::move(use)),
        start_(context_.clock.now()) {
    service_.prepare(request_);
    retry_.unsafe = retry_.unsafe || plan_.idempotency_key.has_value();
  }

  Answer run() {
    if (is_not_to_be_sent()) {
      return std::move(answer_);
    }
    for (;;) {
      attempt();
      was_in_doubt_ = was_in_doubt_ || is_in_doubt();
      const auto pause = plan_.until ? pause_before_poll() : pause_before_retry();
      if (!pause) {
        remember_doubt();
        answer_.share = std::move(use_.share);
        return std::move(answer_);
      }
      sleep_or_throw(Deadline(context_.clock.now() + *pause), context_.stop);
    }
  }

 private:
  void begin_answer() {
    answer_ = {};
    answer_.record.method = request_.method;
    answer_.record.url = request_.url.shown;
    answer_.record.trace_id = requester_.trace_.trace_id();
  }

  bool is_not_to_be_sent() {
    if (!service_.judgement().judges_requests()) {
      return false;
    }
    begin_answer();
    answer_.record.attempts = 0;
    auto request = request_;
    add_default_header(request, "traceparent", requester_.trace_.new_span());
    try {
      answer_.error = service_.judgement().refusal(request);
    } catch (const Error& mistake) {  // in the description of this operation, and not of others
      answer_.error = Error(mistake).add_context(request_.title() + ": not sent");
    }
    note_error();
    return answer_.error.has_value();
  }

  void attempt() {
    begin_answer();
    auto& circuits = service_.circuits();
    const auto permit = circuits.acquire(request_);
    is_refused_ = !permit.allowed;
    if (is_refused_) {
      answer_.record.attempts = static_cast<int>(attempts_);
      answer_.error = circuits.refusal(request_, permit);
      note_error();
      context_.observer.tell(
          step(steps::kBreakerRefused, LogLevel::info, {{"attempt", attempts_ + 1}}));
      return;
    }
    ++attempts_;
    const auto began = context_.clock.now();
    try {
      send();
    } catch (...) {
      circuits.give_up(request_, permit);
      throw;
    }
    circuits.record(request_, permit, last_, answer_.record.total(), answer_.record.error);
    tell_attempt(context_.clock.now() - began);
  }

  // Tell the step in the same expression: it only refers to `fields`.
  [[nodiscard]] Step step(std::string_view name, LogLevel level, StepFields fields,
                          std::optional<Duration> duration = {}) const {
    return {.name = name,
            .level = level,
            .target = answer_.record.url,
            .trace_id = answer_.record.trace_id,
            .duration = duration,
            .outcome = answer_.record.outcome,
            .fields = fields};
  }

  void tell_attempt(Duration took) {
    const auto& record = answer_.record;
    const auto status = std::int64_t{record.response.status};
    context_.observer.tell(
        step(steps::kHttpAttempt, LogLevel::info,
             {{"method", record.method},
              {"attempt", attempts_},
              {"status", status == 0 ? Value() : Value(status)},
              {"fault", last_.failure ? Value(fault_name(last_.failure->fault)) : Value()},
              {"redirects", record.redirects.size()},
              {"error", record.error.empty() ? Value() : Value(std::string_view(record.error))}},
             took));
  }

  void send() {
    HttpExchange exchange;
    exchange.request = request_;
    exchange.deadline = context_.deadline;
    if (plan_.request_timeout) {
      exchange.deadline =
          exchange.deadline.min(Deadline(context_.clock.now() + *plan_.request_timeout));
    }
    add_default_header(exchange.request, "traceparent", requester_.trace_.new_span());
    KeptBody kept(plan_.demands.limits.bytes);
    choose_sink(exchange, kept);
    auto& record = answer_.record;
    try {
      perform_following(service_.http(), exchange, plan_.follow, plan_.max_redirects,
                        record.redirects);
    } catch (const ReaderGone&) {
      // The body had begun, so the status is known; a script with pipefail wants its exit code.
      record.response = exchange.response;
      if (const auto error = service_.judgement()(exchange, record)) {
        throw Error(*error);
      }
      throw;
    } catch (const BodyTooLarge& error) {
      exchange.failure = failure_of(exchange, error);
    }
    kept.explain(exchange.failure);
    is_passed_on_ = kept.is_passed_on();
    answer_.streamed = answer_.streamed || is_passed_on_;
    record.method = exchange.request.method;
    record.url = exchange.request.url.shown;
    attempts_ += std::max(exchange.response.sends, 1U) - 1;
    record.attempts = static_cast<int>(attempts_);
    record.response = exchange.response;
    record.body = kept.take_bytes();
    answer_.error = service_.judgement()(exchange, record);
    note_error();
    answer_.complete = !exchange.failure;
    last_ = std::move(exchange);
  }

  // A body is kept only as far as something needs it.
  void choose_sink(HttpExchange& exchange, KeptBody& kept) {
    const bool is_last = attempts_ > retry_.retries && !plan_.until;
    const bool is_read = service_.judgement().reads_body() || requester_.condition_reads_body_;
    answer_.streamed = is_last && !is_read && use_.sink != nullptr;
    if (answer_.streamed) {
      exchange.sink = use_.sink;
      return;
    }
    if (!is_read && use_.sink == nullptr && !use_.is_recorded) {
      return;
    }
    exchange.sink = &kept;
    kept.keep_within(use_.share.get());
    if (!is_read && use_.sink != nullptr && !plan_.until) {
      kept.pass_on_to(*use_.sink, plan_.demands.expected.value_or(StatusSet::parse("100-999", "")));
    }
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

  // A request that was redirected has arrived, even if a later hop failed.
  [[nodiscard]] bool is_to_be_repeated(const RetryPolicy& policy) const {
    const bool is_safe = policy.unsafe || is_idempotent(request_.method);
    return answer_.error && !is_passed_on_ && (is_safe || answer_.record.redirects.empty()) &&
           is_worth_retrying(policy, last_, attempts_);
  }

  std::optional<Duration> pause_before_retry() {
    if (is_refused_) {
      return std::nullopt;
    }
    if (!is_to_be_repeated(retry_)) {
      say_why_not_again();
      say_how_often();
      return std::nullopt;
    }
    auto pause = retry_.backoff.pause_after(attempts_, random_);
    if (retry_.honours_retry_after) {
      pause = retry_after(last_.response, context_.clock.wall()).value_or(pause);
    }
    const auto shown =
        format_duration(pause < std::chrono::seconds(10)
                            ? Duration(std::chrono::round<Milliseconds>(pause))
                            : Duration(std::chrono::round<std::chrono::seconds>(pause)));
    if (!has_time_for(pause, retry_.max_time)) {
      context_.observer.tell(
          step(steps::kHttpGivenUp, LogLevel::warning, {{"attempts", attempts_}}),
          "not tried again: the next attempt would be in {}, which is too late", shown);
      say_how_often();
      return std::nullopt;
    }
    auto told = *answer_.error;
    told.append(fmt::format("; attempt {} of {} in {}", attempts_ + 1, retry_.retries + 1, shown));
    const std::vector<StepField> fields{{"attempt", attempts_ + 1},
                                        {"pause_ms", milliseconds_of(pause)}};
    auto retry = step(steps::kHttpRetry, LogLevel::warning, fields);
    retry.lines = told.lines();
    context_.observer.tell(retry, "{}", told.head());
    return pause;
  }

  [[nodiscard]] bool is_in_doubt() const {
    return answer_.error && answer_.error->reason() == Exit::in_doubt;
  }

  // An earlier attempt may have arrived; the outcome of the last one does not rule that out.
  void remember_doubt() {
    const bool is_answered = !is_refused_ && last_.response.status != 0;
    if (was_in_doubt_ && answer_.error && !is_in_doubt() && !is_answered) {
      answer_.error = Error(Exit::in_doubt, answer_.error->what(),
                            "an attempt before was sent and not answered");
      note_error();
    }
  }

  void say_why_not_again() {
    auto bolder = retry_;
    bolder.unsafe = true;
    if (is_to_be_repeated(bolder)) {
      auto refused = step(steps::kHttpGivenUp, LogLevel::warning, {});
      refused.hint =
          "--idempotency-key auto lets the service see that it is the same, --retry-unsafe does "
          "not mind";
      context_.observer.tell(refused, "{} is not sent again: it would perhaps be done twice",
                             answer_.record.method);
    }
  }

  void say_how_often() {
    if (answer_.error && attempts_ > 1) {
      answer_.error->append(fmt::format(" (attempt {})", attempts_));
      note_error();
    }
  }

  std::optional<Duration> pause_before_poll() {
    // What is too large now will be so again.
    const bool is_too_large = last_.failure && last_.failure->fault == HttpFault::too_large;
    try {
      if (is_too_large || requester_.is_awaited(answer_.record)) {
        return std::nullopt;
      }
    } catch (TooLargeForJq& error) {
      answer_.error = error.add_context(last_.request.title());
      note_error();
      return std::nullopt;
    }
    const auto last_time = context_.deadline.at() ? Duration::max() : kPollTime;
    if (has_time_for(plan_.until->every, last_time)) {
      context_.observer.tell(
          step(steps::kHttpPoll, LogLevel::info,
               {{"attempt", attempts_ + 1}, {"pause_ms", milliseconds_of(plan_.until->every)}}),
          "not yet: {}", answer_.error ? answer_.error->head() : "it does not hold");
      return plan_.until->every;
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

  Requester& requester_;
  ServiceClient& service_;
  const CallPlan& plan_;
  const Context& context_;
  HttpRequest request_;
  RetryPolicy retry_;
  BodyUse use_;
  bool is_passed_on_ = false;  // a part of the last body is out, so no attempt may follow
  TimePoint start_;
  std::mt19937 random_{static_cast<std::uint32_t>(random_bits())};
  std::uint32_t attempts_ = 0;
  bool is_refused_ = false;    // the circuit breaker refused the last attempt
  bool was_in_doubt_ = false;  // an attempt may have arrived
  HttpExchange last_;
  Answer answer_;
};

Requester::Requester(const CallPlan& plan, const std::shared_ptr<DocumentFiles>& files,
                     const TraceContext& trace, const Context& context)
    : Requester(make_curl_client(plan.client, context.log, context.stop), plan, files, trace,
                context) {}

Requester::Requester(std::unique_ptr<HttpClient> client, const CallPlan& plan,
                     const std::shared_ptr<DocumentFiles>& files, const TraceContext& trace,
                     const Context& context)
    : plan_(plan),
      trace_(trace),
      context_(context),
      service_(std::move(client), plan, files, Breaker::Sharing::every_call, context),
      condition_(compiled(plan)),
      condition_reads_body_(reads_body(plan.until)) {}

Answer Requester::ask(HttpRequest request, BodyUse use) {
  return Asking(*this, std::move(request), std::move(use)).run();
}

// An error of the condition is not fatal: while a service starts, its answers may look different.
bool Requester::is_awaited(const HttpRecord& record) {
  HttpRecordInput input(record);
  try {
    return condition_->holds(input.input(condition_reads_body_));
  } catch (const TooLargeForJq&) {
    throw;
  } catch (const Error& error) {
    if (std::exchange(last_problem_, error.what()) != error.what()) {
      context_.log.warning("{}: it does not hold yet", error.what());
    }
    return false;
  }
}

void ask_all(const std::vector<HttpRequest>& requests, std::size_t at_once, const CallPlan& plan,
             bool are_recorded, const TraceContext& trace, const Context& context,
             const std::function<void(Answer)>& take) {
  constexpr std::int64_t kRoom = std::int64_t{16} << 20U;
  BodyRoom room(kRoom);
  const auto threads = std::min(requests.size(), at_once);
  if (threads > 1) {
    constexpr std::size_t kFilesOfAThread = 4;  // descriptors to wait with, and the connection
    allow_open_files(threads * kFilesOfAThread, fmt::format("{} URLs at once", threads));
  }
  // Read once for all threads.
  const auto files = std::make_shared<DocumentFiles>(document_reader(context.patience()));
  OrderedWorkers<Answer> workers(requests.size(), threads, [&] {
    return
        [&, requester = std::make_shared<Requester>(plan, files, trace, context)](std::size_t i) {
          BodyUse use;
          use.is_recorded = are_recorded;
          use.share = std::make_shared<BodyRoom::Share>(room, i);
          return room.or_ends([&] { return requester->ask(requests[i], std::move(use)); });
        };
  });
  workers.run([&](Answer answer) {
    room.or_ends([&] { take(std::move(answer)); });
    room.answer_taken();
  });
}

}  // namespace mscomm
