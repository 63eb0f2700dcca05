#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/resilience/call_window.h"

namespace mscomm {

inline constexpr std::uint32_t kMostProbes = 40;

/// When a circuit opens, for how long, and what closes it. The names are those of resilience4j.
struct BreakerParameters {
  double failure_rate = 0.5;           ///< share of failed calls that opens it, above 0, up to 1
  std::uint32_t min_calls = 5;         ///< calls in the window before a share counts
  std::uint32_t window_calls = 20;     ///< the last calls to count, from 1 to kMostWindowCalls
  Milliseconds window_time{0};         ///< if above 0: count the calls of this last time instead
  std::uint32_t consecutive = 0;       ///< failures in a row that open it too; 0: off
  std::optional<Milliseconds> slow;    ///< a longer call is slow; none: no call is
  double slow_rate = 1.0;              ///< share of slow calls that opens it, above 0, up to 1
  Milliseconds open{10'000};           ///< time in the open state, the first time
  Milliseconds open_max{300'000};      ///< the longest time in the open state, before jitter
  double open_factor = 2.0;            ///< growth of that time with each opening, at least 1
  double jitter = 0.2;                 ///< random part of that time, plus or minus, below 1
  std::uint32_t half_open = 1;         ///< probes allowed when half-open, from 1 to kMostProbes
  std::uint32_t success = 1;           ///< successful probes that close it; at most half_open
  Milliseconds probe_timeout{10'000};  ///< after it an unfinished probe counts as failed
  bool honor_retry_after = true;       ///< stay open as long as the server says, within open_max

  bool operator==(const BreakerParameters&) const = default;
};

enum class CircuitState {
  closed,       ///< calls are allowed and counted
  open,         ///< calls are refused until open_until
  half_open,    ///< a few calls are allowed, as probes
  forced_open,  ///< by hand: calls are refused until open_until, or until reset
  disabled,     ///< by hand: calls are allowed and not counted
};

/// A probe: a call under way in the half-open state. When the lease lapses it counts as failed,
/// because its process was killed.
struct ProbeLease {
  std::uint64_t id = 0;
  WallMilliseconds until;
  bool operator==(const ProbeLease&) const = default;
};

/// The state of one circuit. Every change of `state` begins a new generation; results of calls from
/// an older generation do not count.
struct BreakerState {
  std::string key;
  CircuitState state = CircuitState::closed;
  std::uint64_t generation = 0;
  WallMilliseconds changed_at;
  std::optional<WallMilliseconds> open_until;
  std::uint32_t open_count = 0;  ///< openings in a row, without a long healthy time between
  std::string why;               ///< why it opened: "5 of 6 calls failed"
  CallWindow window;
  std::uint32_t consecutive = 0;              ///< failures in a row
  std::optional<WallMilliseconds> called_at;  ///< when the last call was counted
  std::vector<ProbeLease> probes;
  std::uint32_t probes_ok = 0;
  std::uint32_t probes_failed = 0;
  std::string last_error;

  bool operator==(const BreakerState&) const = default;
};

/// Whether the state was set by hand, so that calls do not change it.
bool is_by_hand(CircuitState state);
/// "half_open".
std::string_view state_name(CircuitState state);
/// The inverse of state_name(); nothing for any other word.
std::optional<CircuitState> state_of_name(std::string_view name);

/// The answer to whether a call may be made.
struct Permit {
  bool allowed = true;
  std::optional<std::uint64_t> generation;  ///< absent: the result is not counted
  std::optional<std::uint64_t> probe;       ///< the lease of a probe in the half-open state
  std::optional<Milliseconds> retry_after;  ///< when refused; absent: until reset
  std::string why;                          ///< when refused
};

enum class CallOutcome {
  success,
  failure,  ///< of the service: unreachable, too late, 5xx
  ignored,  ///< not about the service: interrupted, a local error, a broken contract
};

/// The outcome of a call.
struct CallReport {
  CallOutcome outcome = CallOutcome::success;
  Duration latency{};
  std::optional<Duration> retry_after = {};  ///< the wait that a failure's Retry-After asks for
  std::string error = {};                    ///< a failure in words: "503 Service Unavailable"
  std::optional<WallMilliseconds> at = {};   ///< when it ended; absent: now
};

/// A permitted call that has ended.
struct FinishedCall {
  Permit permit;
  CallReport report;
};

// The state machine, as pure functions: `now` is the wall clock, `random` 64 random bits. If the
// clock was set back, a circuit stays open as if it had opened now, not until the old time returns.

/// Call before every attempt.
Permit acquire_permit(BreakerState& state, const BreakerParameters& parameters,
                      WallMilliseconds now, std::uint64_t random);

/// Call after every attempt, whatever its outcome.
void record_call(BreakerState& state, const BreakerParameters& parameters, const Permit& permit,
                 const CallReport& report, WallMilliseconds now, std::uint64_t random);

/// By hand: refuses every call for `length`, or until reset.
void trip_circuit(BreakerState& state, std::optional<Milliseconds> length, WallMilliseconds now);

/// By hand: closes the circuit and forgets its history.
void reset_circuit(BreakerState& state, WallMilliseconds now);

}  // namespace mscomm
