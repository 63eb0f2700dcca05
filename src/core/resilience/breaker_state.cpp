#include "core/resilience/breaker_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/runtime/text.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 5> kStateNames{"closed", "open", "half_open", "forced_open",
                                                      "disabled"};
constexpr Milliseconds kClockTolerance = 5s;
constexpr Milliseconds kOldWindow = 24h;
constexpr Milliseconds kLongestProbeWait = 1s;
constexpr std::uint32_t kMostOpenCount = 1000;
constexpr std::size_t kLongestError = 200;

Milliseconds scaled(Milliseconds time, double factor) {
  return std::chrono::round<Milliseconds>(time * factor);
}

// A number from 0 to 1.
double fraction(std::uint64_t random) {
  constexpr double kTwoTo53 = 9007199254740992.0;
  return static_cast<double>(random >> 11U) / kTwoTo53;
}

bool reaches(std::uint64_t part, std::uint64_t whole, double rate) {
  constexpr double kRounding = 1 - 1e-12;  // in binary, 0.07 * 100 exceeds 7
  return part > 0 && static_cast<double>(part) >= rate * static_cast<double>(whole) * kRounding;
}

/// One step of one circuit.
class Transition {
 public:
  Transition(BreakerState& state, const BreakerParameters& parameters, WallMilliseconds now,
             std::uint64_t random)
      : state_(state), parameters_(parameters), now_(now), random_(random) {
    correct_clock();
  }

  Permit acquire() {
    switch (state_.state) {
      case CircuitState::disabled:
        return {};
      case CircuitState::closed:
        return allowed();
      case CircuitState::forced_open:
        if (!state_.open_until || now_ < *state_.open_until) {
          return refused_until_open_ends();
        }
        change_to(CircuitState::closed);
        return allowed();
      case CircuitState::open:
        if (now_ < *state_.open_until) {
          return refused_until_open_ends();
        }
        change_to(CircuitState::half_open);
        break;
      case CircuitState::half_open:
        break;
    }
    return acquire_probe();
  }

  void record(const Permit& permit, const CallReport& report) {
    if (permit.generation != state_.generation) {
      return;
    }
    if (report.outcome == CallOutcome::failure) {
      state_.last_error = visible(std::string_view(report.error).substr(0, kLongestError));
    }
    if (state_.state == CircuitState::closed && report.outcome != CallOutcome::ignored) {
      record_closed(report);
    } else if (state_.state == CircuitState::half_open) {
      record_probe(permit, report);
    }
  }

  void change_to(CircuitState next) {
    state_.state = next;
    ++state_.generation;
    state_.changed_at = now_;
    state_.open_until.reset();
    state_.window = {};
    state_.consecutive = 0;
    state_.probes.clear();
    state_.probes_ok = 0;
    state_.probes_failed = 0;
    if (next == CircuitState::closed) {
      state_.why.clear();
    }
  }

 private:
  void correct_clock() {
    if (state_.changed_at > now_ + kClockTolerance) {
      if (state_.open_until) {
        state_.open_until = now_ + (*state_.open_until - state_.changed_at);
      }
      state_.changed_at = now_;
    }
    const auto longest = scaled(parameters_.open_max, 1 + parameters_.jitter);
    if (state_.state == CircuitState::open && *state_.open_until - now_ > longest) {
      state_.open_until = now_ + backoff();
    }
    for (auto& probe : state_.probes) {
      probe.until = std::min(probe.until, now_ + parameters_.probe_timeout);
    }
    if (state_.called_at && now_ - *state_.called_at > kOldWindow) {
      state_.window = {};
      state_.consecutive = 0;
      state_.called_at.reset();
    }
  }

  [[nodiscard]] Permit allowed() const {
    Permit permit;
    permit.generation = state_.generation;
    return permit;
  }

  [[nodiscard]] Permit refused(std::optional<Milliseconds> retry_after, std::string why) const {
    Permit permit;
    permit.allowed = false;
    permit.retry_after = retry_after;
    permit.why = std::move(why);
    if (!state_.last_error.empty()) {
      permit.why += fmt::format(", last: {}", state_.last_error);
    }
    return permit;
  }

  [[nodiscard]] Permit refused_until_open_ends() const {
    return refused(state_.open_until ? std::optional(*state_.open_until - now_) : std::nullopt,
                   state_.why);
  }

  Permit acquire_probe() {
    const auto lapsed =
        std::erase_if(state_.probes, [&](const auto& probe) { return probe.until <= now_; });
    state_.probes_failed += static_cast<std::uint32_t>(lapsed);
    judge_probes("a probe did not end in time", {});
    if (state_.state == CircuitState::open) {
      return refused_until_open_ends();
    }
    if (state_.state == CircuitState::closed) {
      return allowed();
    }
    if (state_.probes.size() + state_.probes_ok + state_.probes_failed < parameters_.half_open) {
      state_.probes.push_back({.id = random_, .until = now_ + parameters_.probe_timeout});
      auto permit = allowed();
      permit.probe = random_;
      return permit;
    }
    const auto next = std::ranges::min(state_.probes, {}, &ProbeLease::until).until;
    return refused(std::min(next - now_, kLongestProbeWait), "another call is trying it");
  }

  void record_closed(const CallReport& report) {
    const bool failed = report.outcome == CallOutcome::failure;
    const auto at = std::min(report.at.value_or(now_), now_);
    if (now_ - at > kOldWindow) {
      return;
    }
    if (parameters_.window_time > 0ms) {
      add_to_last_time(state_.window, failed, is_slow(report), parameters_.window_time, now_, at);
    } else {
      add_to_last_calls(state_.window, failed, is_slow(report), parameters_.window_calls);
    }
    state_.called_at = now_;
    state_.consecutive = failed ? state_.consecutive + 1 : 0;
    if (!failed && now_ - state_.changed_at > parameters_.open_max) {
      state_.open_count = 0;
    }
    if (const auto why = reason_to_open(); !why.empty()) {
      open(why, report.retry_after);
    }
  }

  [[nodiscard]] std::string reason_to_open() const {
    const auto counts = count_calls(state_.window, now_);
    const auto enough = parameters_.window_time > 0ms
                            ? parameters_.min_calls
                            : std::min(parameters_.min_calls, parameters_.window_calls);
    if (counts.calls >= enough && reaches(counts.failed, counts.calls, parameters_.failure_rate)) {
      return fmt::format("{} of {} calls failed", counts.failed, counts.calls);
    }
    if (counts.calls >= enough && reaches(counts.slow, counts.calls, parameters_.slow_rate)) {
      return fmt::format("{} of {} calls were slow", counts.slow, counts.calls);
    }
    if (parameters_.consecutive > 0 && state_.consecutive >= parameters_.consecutive) {
      return fmt::format("{} calls in a row failed", state_.consecutive);
    }
    return {};
  }

  void record_probe(const Permit& permit, const CallReport& report) {
    const auto ended =
        std::erase_if(state_.probes, [&](const auto& probe) { return probe.id == permit.probe; });
    if (ended == 0 || report.outcome == CallOutcome::ignored) {
      return;  // a probe whose lease lapsed is already counted as failed
    }
    const bool good = report.outcome == CallOutcome::success && !is_slow(report);
    ++(good ? state_.probes_ok : state_.probes_failed);
    judge_probes(report.outcome == CallOutcome::success ? "a probe was slow" : "a probe failed",
                 report.retry_after);
  }

  // Parameters may differ from those of the process that allowed the probes.
  void judge_probes(const char* why, std::optional<Duration> retry_after) {
    const auto needed = std::min(parameters_.success, parameters_.half_open);
    if (state_.probes_ok >= needed) {
      change_to(CircuitState::closed);
    } else if (state_.probes_failed > parameters_.half_open - needed) {
      open(why, retry_after);
    }
  }

  void open(const std::string& why, std::optional<Duration> retry_after) {
    change_to(CircuitState::open);
    state_.why = why;
    state_.open_count = std::min(state_.open_count + 1, kMostOpenCount);
    auto wait = scaled(backoff(), 1 + parameters_.jitter * (2 * fraction(random_) - 1));
    if (parameters_.honor_retry_after && retry_after) {
      // No jitter below the server's own Retry-After.
      wait = std::max(
          wait, std::min(std::chrono::ceil<Milliseconds>(*retry_after), parameters_.open_max));
    }
    state_.open_until = now_ + wait;
  }

  [[nodiscard]] Milliseconds backoff() const {
    using Exact = std::chrono::duration<double, std::milli>;
    const Exact most = parameters_.open_max;
    Exact wait = parameters_.open;
    for (auto times = state_.open_count; times > 1 && wait < most; --times) {
      wait *= parameters_.open_factor;
    }
    return std::chrono::round<Milliseconds>(std::min(wait, most));
  }

  [[nodiscard]] bool is_slow(const CallReport& report) const {
    return parameters_.slow && report.latency > *parameters_.slow;
  }

  BreakerState& state_;
  const BreakerParameters& parameters_;
  WallMilliseconds now_;
  std::uint64_t random_;
};

}  // namespace

bool is_by_hand(CircuitState state) {
  return state == CircuitState::forced_open || state == CircuitState::disabled;
}

std::string_view state_name(CircuitState state) {
  return kStateNames.at(static_cast<std::size_t>(state));
}

std::optional<CircuitState> state_of_name(std::string_view name) {
  const auto* const found = std::ranges::find(kStateNames, name);
  return found == kStateNames.end()
             ? std::nullopt
             : std::optional(static_cast<CircuitState>(found - kStateNames.begin()));
}

Permit acquire_permit(BreakerState& state, const BreakerParameters& parameters,
                      WallMilliseconds now, std::uint64_t random) {
  return Transition(state, parameters, now, random).acquire();
}

void record_call(BreakerState& state, const BreakerParameters& parameters, const Permit& permit,
                 const CallReport& report, WallMilliseconds now, std::uint64_t random) {
  Transition(state, parameters, now, random).record(permit, report);
}

void trip_circuit(BreakerState& state, std::optional<Milliseconds> length, WallMilliseconds now) {
  Transition(state, {}, now, 0).change_to(CircuitState::forced_open);
  state.why = "by hand";
  state.last_error.clear();
  if (length) {
    state.open_until = now + *length;
  }
}

void reset_circuit(BreakerState& state, WallMilliseconds now) {
  Transition(state, {}, now, 0).change_to(CircuitState::closed);
  state.open_count = 0;
  state.last_error.clear();
  state.called_at.reset();
}

}  // namespace mscomm
