#include "core/load/load_generator.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "core/resilience/rate_pacer.h"
#include "core/runtime/poll.h"

namespace mscomm {
namespace {

constexpr std::size_t kSamplesOfAKind = 3;
constexpr std::size_t kMostSamples = 30;
constexpr Duration kProgressTime = std::chrono::milliseconds(200);
// How long a caller pauses after a refusal that does not say when to come back.
constexpr auto kRest = Milliseconds(1000);

struct Caller {
  TimePoint due;  // of the call under way
  bool is_under_way = false;
};

// Collects the current second of the timeline.
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
  LoadGenerator(LoadTarget& target, const LoadPlan& plan, const LoadProgress& progress,
                const Context& context)
      : target_(target),
        plan_(plan),
        progress_(progress),
        context_(context),
        now_(context.clock.now()),
        began_(now_),
        callers_(plan.callers()) {
    if (plan.rate) {
      pacer_.emplace(*plan.rate, began_);
    }
    end_ = context.deadline;
    if (plan.duration) {
      end_ = end_.min(Deadline(began_ + *plan.duration));
    }
    for (std::size_t i = 0; i < callers_.size(); ++i) {
      free_.push_back(i);
    }
    result_.concurrency = static_cast<unsigned>(callers_.size());
    result_.target_rate = plan_.rate;
    result_.began = context_.clock.wall();
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
    target_.describe(result_);
    for (const auto& objective : plan_.objectives) {
      result_.verdicts.push_back(judge(objective, result_));
    }
    return std::move(result_);
  }

 private:
  void give_up_unfinished() {
    for (std::size_t i = 0; i < callers_.size(); ++i) {
      if (callers_[i].is_under_way) {
        ++result_.unfinished;
        result_.longest_unfinished = std::max(result_.longest_unfinished, now_ - callers_[i].due);
        target_.give_up(i);
      }
    }
  }

  // One round; false when the run is done. Starts at most one call for each caller, so that
  // responses and signals are handled in between.
  bool step() {
    while (!resting_.empty() && resting_.begin()->first <= now_) {
      free_.push_back(resting_.begin()->second);
      resting_.erase(resting_.begin());
    }
    for (std::size_t i = 0; i < callers_.size() && !free_.empty() && may_start(); ++i) {
      start();
    }
    // A call that was due before the end may be sent just after it, if a caller is free.
    is_closed_ = is_closed_ || end_.passed(now_);
    show_progress();
    const auto next = next_start();
    const auto wake = progress_ ? next.min(next_progress_) : next;
    if (under_way_ > 0) {
      if (auto call = target_.wait(wake)) {
        ended(*call);
      }
    } else if (next.at()) {
      sleep_or_throw(wake, context_.stop);
    } else {
      return false;
    }
    now_ = context_.clock.now();
    return true;
  }

  [[nodiscard]] std::uint64_t left() const {
    return plan_.count ? *plan_.count - started_ : std::numeric_limits<std::uint64_t>::max();
  }
  // In a closed loop a call is due as soon as a caller is free.
  [[nodiscard]] TimePoint due() const { return pacer_ ? pacer_->due() : now_; }
  [[nodiscard]] bool is_over() const { return left() == 0 || is_closed_; }
  [[nodiscard]] bool may_start() const {
    return !is_over() && due() <= now_ && !end_.passed(due()) && !context_.deadline.passed(now_);
  }

  // When the next call may start, unless that waits for a call to end (then none).
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
    const auto number = free_.back();
    free_.pop_back();
    auto& caller = callers_[number];
    caller.due = due();
    if (pacer_) {
      pacer_->took_place();
    }
    const auto deadline = context_.deadline.min(Deadline(now_ + plan_.call_timeout));
    if (const auto refusal = target_.start(number, started_++, deadline)) {
      refused(number, *refusal);
      return;
    }
    caller.is_under_way = true;
    ++under_way_;
    last_sent_ = now_;
  }

  // In an open loop a refusal takes no time. In a closed loop the caller pauses until the target
  // may accept it; else refusals would be counted by the million.
  void refused(std::size_t caller, const LoadRefusal& refusal) {
    failed(refusal.failure, now_ - began_);
    if (pacer_) {
      free_.push_back(caller);
    } else {
      resting_.emplace(now_ + refusal.retry_after.value_or(kRest), caller);
    }
  }

  void ended(const LoadCall& call) {
    auto& caller = callers_[call.caller];
    --under_way_;
    caller.is_under_way = false;
    free_.push_back(call.caller);
    const auto at = call.ended - began_;
    auto& second = timeline_.at(at, result_.seconds);
    if (call.service) {
      measure(*call.service, call.ended - caller.due);
    }
    if (call.failure) {
      failed(*call.failure, at);
    } else {
      ++second.succeeded;
      ++result_.succeeded;
      result_.outcomes.add(Exit::ok);
    }
  }

  void measure(Duration service, Duration since_due) {
    result_.service.record(service);
    if (pacer_) {
      const auto waited = std::max(since_due, service);
      result_.response.record(waited);
      result_.send_lag.record(waited - service);
      timeline_.record(waited);
    } else {
      timeline_.record(service);
    }
  }

  void failed(const LoadFailure& failure, Duration at) {
    ++timeline_.at(at, result_.seconds).failed;
    ++result_.failed;
    result_.outcomes.add(failure.error.reason());
    const auto count = ++result_.failures[failure.kind];
    if (count <= kSamplesOfAKind && result_.samples.size() < kMostSamples) {
      result_.samples.push_back({failure.kind, std::string(failure.error.head()),
                                 std::string(failure.body.substr(0, kSampledBytes)), at,
                                 failure.error.hint(), failure.error.lines()});
    }
  }

  void show_progress() {
    if (progress_ && next_progress_.passed(now_)) {
      next_progress_ = Deadline(now_ + kProgressTime);
      result_.took = result_.sending = now_ - began_;
      progress_(result_);
    }
  }

  LoadTarget& target_;
  const LoadPlan& plan_;
  const LoadProgress& progress_;
  const Context& context_;
  TimePoint now_;  // as of the latest event
  TimePoint began_;
  Deadline end_;  // a call must be due before it
  bool is_closed_ = false;
  std::optional<RatePacer> pacer_;
  std::vector<Caller> callers_;
  std::vector<std::size_t> free_;
  std::multimap<TimePoint, std::size_t> resting_;
  std::uint64_t started_ = 0;
  TimePoint last_sent_ = began_;
  std::size_t under_way_ = 0;
  Deadline next_progress_{began_ + kProgressTime};
  Timeline timeline_;
  LoadResult result_;
};

}  // namespace

std::size_t LoadPlan::callers() const {
  return std::min<std::uint64_t>(concurrency,
                                 count.value_or(std::numeric_limits<std::uint64_t>::max()));
}

LoadResult generate_load(LoadTarget& target, const LoadPlan& plan, const LoadProgress& progress,
                         const Context& context) {
  return LoadGenerator(target, plan, progress, context).run();
}

}  // namespace mscomm
