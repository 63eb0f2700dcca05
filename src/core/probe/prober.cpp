#include "core/probe/prober.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <utility>

#include "core/runtime/duration.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// A starting service is often ready a moment later: the first pauses are shorter than --every.
constexpr Duration kFirstPause = 100ms;

bool is_final(Exit outcome) {
  return outcome == Exit::usage || outcome == Exit::io || outcome == Exit::internal;
}

/// One target's probing.
class Attempts {
 public:
  Attempts(std::size_t target, const ProbePlan& plan, const Deadline& end, const ProbeSeams& seams)
      : target_(target),
        plan_(plan),
        seams_(seams),
        start_(seams.clock.now()),
        end_(end.min(Deadline::in(seams.clock, plan.wait))) {}

  ProbeResult run(const Check& check) {
    for (;;) {
      const auto began = seams_.clock.now();
      const bool is_cut = end_.left(began).value_or(plan_.check_timeout) < plan_.check_timeout;
      auto result = check(end_.min(Deadline(began + plan_.check_timeout)));
      ++attempts_;
      if (result.ok()) {
        ++in_a_row_;
        if (in_a_row_ >= plan_.successes) {
          return finish(std::move(result));
        }
      } else {
        in_a_row_ = 0;
        if (!plan_.wait || is_final(result.outcome)) {
          return finish(std::move(result));
        }
      }
      keep(std::move(result), is_cut);
      if (!rest()) {
        return finish(given_up());
      }
    }
  }

 private:
  // A check cut short by the end of the waiting says less than the check before it.
  void keep(CheckResult result, bool is_cut) {
    const bool says_less = is_cut && result.outcome == Exit::timeout && attempts_ > 1;
    if (!says_less) {
      last_ = std::move(result);
    }
  }

  Duration pause() {
    if (in_a_row_ > 0) {
      return plan_.every;
    }
    return std::min(plan_.every, std::exchange(failure_pause_, failure_pause_ * 2));
  }

  // Pauses; false when no time is left for another check.
  bool rest() {
    const auto now = seams_.clock.now();
    if (!end_.passed(now)) {
      const auto length = pause();
      seams_.progress(target_, last_, length);
      seams_.sleep(end_.min(Deadline(now + length)));
    }
    return !end_.passed(seams_.clock.now());
  }

  CheckResult given_up() {
    // The wait that the user asked for, not what the clock shows a moment later.
    const auto waited = format_duration(std::chrono::round<Milliseconds>(*end_.at() - start_));
    auto result = std::move(last_);
    result.error = fmt::format(
        "gave up after {}: {}", waited,
        result.ok() ? fmt::format("it held {} of {} times in a row", in_a_row_, plan_.successes)
                    : result.error);
    result.outcome = Exit::timeout;
    return result;
  }

  ProbeResult finish(CheckResult result) const {
    return {std::move(result), attempts_, seams_.clock.now() - start_};
  }

  std::size_t target_;
  const ProbePlan& plan_;
  const ProbeSeams& seams_;
  TimePoint start_;
  Deadline end_;
  unsigned attempts_ = 0;
  unsigned in_a_row_ = 0;
  Duration failure_pause_ = kFirstPause;
  CheckResult last_;
};

}  // namespace

ProbeResult probe(std::size_t target, const Check& check, const ProbePlan& plan,
                  const Deadline& end, const ProbeSeams& seams) {
  return Attempts(target, plan, end, seams).run(check);
}

std::vector<ProbeResult> probe_all(std::span<const Probing> probings, const Deadline& end,
                                   const ProbeSeams& seams) {
  std::vector<std::future<ProbeResult>> running;
  running.reserve(probings.size());
  for (std::size_t i = 0; i < probings.size(); ++i) {
    running.push_back(std::async(std::launch::async, [&, i] {
      return probe(i, probings[i].check, probings[i].plan, end, seams);
    }));
  }
  std::vector<ProbeResult> results;
  results.reserve(running.size());
  for (auto& each : running) {
    results.push_back(each.get());
  }
  return results;
}

}  // namespace mscomm
