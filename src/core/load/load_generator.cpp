#include "core/load/load_generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>

#include "core/http/retry_after.h"
#include "core/resilience/rate_pacer.h"
#include "core/runtime/poll.h"

namespace mscomm {
namespace {

constexpr std::size_t kSampledBytes = 1024;
constexpr std::size_t kSamplesOfAKind = 3;
constexpr std::size_t kMostSamples = 30;
constexpr Duration kProgressTime = std::chrono::milliseconds(200);
// How long a caller rests whom a circuit refuses without saying until when.
constexpr auto kRest = Milliseconds(1000);

// Keeps the beginning of a body.
class HeadSink final : public BodySink {
 public:
  void keep(std::size_t most) { most_ = most; }
  void clear() { bytes_.clear(); }
  void body(std::string_view piece) override {
    bytes_.append(piece.substr(0, most_ - std::min(most_, bytes_.size())));
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::size_t most_ = kSampledBytes;
  std::string bytes_;
};

// One of the requests that are under way at once.
struct Caller final : HttpExchange {
  HeadSink head;
  std::optional<std::size_t> turn;  // which of the plan's requests it has
  TimePoint due;
  bool is_under_way = false;
  Permit permit;
};

// The current second of the timeline.
class Timeline {
 public:
  LoadSecond& at(Duration elapsed, std::vector<LoadSecond>& seconds) {
    const auto index =
        static_cast<std::size_t>(std::chrono::floor<std::chrono::seconds>(elapsed).count());
    if (index >= seconds.size()) {
      finish(seconds);
      seconds.resize(index + 1);
    }
    return seconds.back();
  }

  void record(Duration latency) { latencies_.record(latency); }

  void finish(std::vector<LoadSecond>& seconds) {
    if (!seconds.empty() && latencies_.count() > 0) {
      seconds.back().p50 = latencies_.percentile(50);
      seconds.back().p99 = latencies_.percentile(99);
      seconds.back().max = latencies_.max();
    }
    latencies_.clear();
  }

 private:
  LatencyHistogram latencies_;
};

class LoadGenerator {
 public:
  LoadGenerator(HttpClient& client, const LoadPlan& plan, const LoadHooks& hooks,
                const Context& context)
      : client_(client),
        plan_(plan),
        hooks_(hooks),
        context_(context),
        now_(context.clock.now()),
        began_(now_) {
    if (plan.rate) {
      pacer_.emplace(*plan.rate, began_);
    }
    end_ = context.deadline;
    if (plan.duration) {
      end_ = end_.min(Deadline(began_ + *plan.duration));
    }
    const auto callers = std::min<std::uint64_t>(
        plan.concurrency, plan.count.value_or(std::numeric_limits<std::uint64_t>::max()));
    for (std::uint64_t i = 0; i < callers; ++i) {
      free_.push_back(callers_.emplace_back(std::make_unique<Caller>()).get());
    }
    describe();
  }

  LoadGenerator(const LoadGenerator&) = delete;
  LoadGenerator& operator=(const LoadGenerator&) = delete;
  ~LoadGenerator() {
    for (const auto& caller : callers_) {
      client_.cancel(*caller);
    }
  }

  LoadResult run() {
    try {
      while (step()) {
      }
    } catch (const Interrupted&) {
      result_.interrupted = true;
      now_ = context_.clock.now();
      give_up_unfinished();
    }
    timeline_.finish(result_.seconds);
    result_.took = now_ - began_;
    result_.sending = result_.took;
    result_.timed_out = !result_.interrupted && context_.deadline.passed(now_);
    if (pacer_) {
      const auto schedule_end = end_.at() && !result_.interrupted ? *end_.at() : now_;
      result_.unsent = std::min(left(), pacer_->due_before(schedule_end));
      const auto next = result_.interrupted ? std::min(now_, pacer_->due()) : pacer_->due();
      result_.sending = std::max(last_sent_, next) - began_;
    }
    return std::move(result_);
  }

 private:
  void describe() {
    const auto& first = plan_.requests.front();
    result_.method = first.method;
    result_.url = first.url.shown;
    result_.urls = plan_.requests.size();
    result_.concurrency = static_cast<unsigned>(callers_.size());
    result_.target_rate = plan_.rate;
    result_.began = context_.clock.wall();
    for (const auto& caller : callers_) {
      caller->repeats = true;
      caller->wants_status_only = !hooks_.reads_body && hooks_.breakers.empty();
      caller->sink = &caller->head;
      caller->head.keep(hooks_.reads_body ? std::numeric_limits<std::size_t>::max()
                                          : kSampledBytes);
    }
  }

  void give_up_unfinished() {
    for (const auto& caller : callers_) {
      if (caller->is_under_way) {
        ++result_.unfinished;
        result_.longest_unfinished = std::max(result_.longest_unfinished, now_ - caller->due);
        tell_breaker(*caller, CallOutcome::ignored, nullptr);
      }
    }
  }

  // False when all is done. So many are started at most that responses and signals are seen to.
  bool step() {
    while (!resting_.empty() && resting_.begin()->first <= now_) {
      free_.push_back(resting_.begin()->second);
      resting_.erase(resting_.begin());
    }
    for (std::size_t i = 0; i < callers_.size() && !free_.empty() && may_start(); ++i) {
      start();
    }
    // What was due just before the end is sent just after it, if there is a caller for it.
    is_closed_ = is_closed_ || end_.passed(now_);
    show_progress();
    const auto next = next_start();
    if (under_way_ > 0) {
      if (auto* const done = client_.wait(hooks_.progress ? next.min(next_progress_) : next)) {
        now_ = context_.clock.now();
        ended(static_cast<Caller&>(*done));
        if (hooks_.reads_body) {  // which takes its time
          now_ = context_.clock.now();
        }
        return true;
      }
    } else if (next.at()) {
      sleep_or_throw(hooks_.progress ? next.min(next_progress_) : next, context_.stop);
    } else {
      return false;
    }
    now_ = context_.clock.now();
    return true;
  }

  [[nodiscard]] std::uint64_t left() const {
    return plan_.count ? *plan_.count - started_ : std::numeric_limits<std::uint64_t>::max();
  }
  // In a closed loop a request is due as soon as there is a caller for it.
  [[nodiscard]] TimePoint due() const { return pacer_ ? pacer_->due() : now_; }
  [[nodiscard]] bool is_over() const { return left() == 0 || is_closed_; }
  [[nodiscard]] bool may_start() const {
    return !is_over() && due() <= now_ && !end_.passed(due()) && !context_.deadline.passed(now_);
  }

  // When there is something to start again, unless that is when a request ends; none: never.
  [[nodiscard]] Deadline next_start() const {
    if (is_over()) {
      return {};
    }
    if (!free_.empty()) {
      return end_.min(Deadline(due()));
    }
    return resting_.empty() ? Deadline() : end_.min(Deadline(resting_.begin()->first));
  }

  void start() {
    auto& caller = *free_.back();
    free_.pop_back();
    const auto turn = started_ % plan_.requests.size();
    ++started_;
    if (caller.turn != turn) {
      caller.request = plan_.requests[turn];
      caller.prepared = nullptr;
      caller.turn = turn;
    }
    caller.due = due();
    if (pacer_) {
      pacer_->took_place();
    }
    if (auto* const breaker = breaker_of(caller)) {
      caller.permit = breaker->acquire();
      if (!caller.permit.allowed) {
        refused(caller, breaker->refusal(caller.permit));
        return;
      }
    }
    caller.head.clear();
    caller.deadline = context_.deadline.min(Deadline(now_ + plan_.request_timeout));
    client_.start(caller);
    caller.is_under_way = true;
    ++under_way_;
    last_sent_ = now_;
  }

  // Takes no time. In a closed loop its caller comes back when the circuit may let it through,
  // lest refusals are counted by the million.
  void refused(Caller& caller, const Error& error) {
    auto& second = timeline_.at(now_ - began_, result_.seconds);
    ++second.failed;
    failed("circuit open", error, "");
    if (pacer_) {
      free_.push_back(&caller);
    } else {
      resting_.emplace(now_ + caller.permit.retry_after.value_or(kRest), &caller);
    }
  }

  // What came of a request that was under way.
  void ended(Caller& caller) {
    --under_way_;
    caller.is_under_way = false;
    free_.push_back(&caller);
    const auto& response = caller.response;
    result_.connections += response.connects;
    result_.resent += std::max(response.sends, 1U) - 1;
    result_.body_bytes += response.body_bytes;
    auto& second = timeline_.at(now_ - began_, result_.seconds);
    if (!caller.failure) {
      ++result_.statuses[response.status];
      result_.on_new_connection += response.connects > 0 ? 1U : 0U;
      measure(caller);
    }
    const auto error = hooks_.judge(caller, caller.head.bytes());
    tell_breaker(caller,
                 hooks_.breaking.contains(caller) ? CallOutcome::failure
                 : caller.failure                 ? CallOutcome::ignored
                                                  : CallOutcome::success,
                 error ? error->what() : nullptr);
    if (error) {
      ++second.failed;
      failed(kind_of(caller, *error), *error, caller.head.bytes());
    } else {
      ++second.succeeded;
      ++result_.succeeded;
      result_.outcomes.add(Exit::ok);
    }
  }

  void measure(const Caller& caller) {
    const auto service = caller.response.timings.total;
    result_.service.record(service);
    if (pacer_) {
      const auto waited = std::max(now_ - caller.due, service);
      result_.response.record(waited);
      result_.send_lag.record(waited - service);
      timeline_.record(waited);
    } else {
      timeline_.record(service);
    }
  }

  static std::string kind_of(const Caller& caller, const Error& error) {
    if (caller.failure) {
      return std::string(fault_name(caller.failure->fault));
    }
    return error.reason() == Exit::violated ? "violated"
                                            : fmt::format("status {}", caller.response.status);
  }

  void failed(const std::string& kind, const Error& error, const std::string& body) {
    ++result_.failed;
    result_.outcomes.add(error.reason());
    const auto count = ++result_.failures[kind];
    if (count <= kSamplesOfAKind && result_.samples.size() < kMostSamples) {
      result_.samples.push_back(
          {kind, error.what(), body.substr(0, kSampledBytes), now_ - began_, error.hint()});
    }
  }

  [[nodiscard]] Breaker* breaker_of(const Caller& caller) const {
    return hooks_.breakers.empty() || !caller.turn ? nullptr : hooks_.breakers[*caller.turn];
  }

  void tell_breaker(const Caller& caller, CallOutcome outcome, const char* error) {
    if (auto* const breaker = breaker_of(caller)) {
      CallReport report{outcome, caller.response.timings.total, {}, error == nullptr ? "" : error};
      if (outcome == CallOutcome::failure) {
        report.retry_after = retry_after(caller.response, context_.clock.wall());
      }
      breaker->record(caller.permit, report);
    }
  }

  void show_progress() {
    if (hooks_.progress && next_progress_.passed(now_)) {
      next_progress_ = Deadline(now_ + kProgressTime);
      result_.took = result_.sending = now_ - began_;
      hooks_.progress(result_);
    }
  }

  HttpClient& client_;
  const LoadPlan& plan_;
  const LoadHooks& hooks_;
  const Context& context_;
  TimePoint now_;  // as of the last thing that happened
  TimePoint began_;
  Deadline end_;  // before which a request must be due
  bool is_closed_ = false;
  std::optional<RatePacer> pacer_;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::vector<Caller*> free_;
  std::multimap<TimePoint, Caller*> resting_;
  std::uint64_t started_ = 0;
  TimePoint last_sent_ = began_;
  std::size_t under_way_ = 0;
  Deadline next_progress_{began_ + kProgressTime};
  Timeline timeline_;
  LoadResult result_;
};

}  // namespace

LoadResult generate_load(HttpClient& client, const LoadPlan& plan, const LoadHooks& hooks,
                         const Context& context) {
  return LoadGenerator(client, plan, hooks, context).run();
}

}  // namespace mscomm
