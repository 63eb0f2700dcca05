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
  double failure_rate = 0.5;         ///< the share of failed calls that opens it, above 0, up to 1
  std::uint32_t min_calls = 5;       ///< that must be in the window before a share means anything
  std::uint32_t window_calls = 20;   ///< the last so many calls, from 1 to kMostWindowCalls
  Milliseconds window_time{0};       ///< if above 0: the calls of the last so long instead
  std::uint32_t consecutive = 0;     ///< so many failures in a row open it too; 0: they do not
  std::optional<Milliseconds> slow;  ///< a call that takes longer is slow; none is by default
  double slow_rate = 1.0;            ///< the share of slow calls that opens it, above 0, up to 1
  Milliseconds open{10'000};         ///< how long it stays open the first time
  Milliseconds open_max{300'000};    ///< and at most, before jitter
  double open_factor = 2.0;          ///< how much longer it stays open each time, at least 1
  double jitter = 0.2;               ///< of the time it stays open, more or less, below 1
  std::uint32_t half_open = 1;       ///< calls that may try it afterwards, from 1 to kMostProbes
  std::uint32_t success = 1;         ///< of them must succeed to close it; at most half_open
  Milliseconds probe_timeout{10'000};  ///< after which such a call counts as failed
  bool honor_retry_after = true;       ///< not to open before the server said, within open_max

  bool operator==(const BreakerParameters&) const = default;
};

enum class CircuitState {
  closed,       ///< calls are allowed and counted
  open,         ///< calls are refused until open_until
  half_open,    ///< a few calls are allowed, to find out
  forced_open,  ///< by hand: refused until open_until, or until reset
  disabled,     ///< by hand: allowed and not counted
};

/// A call that is under way in half-open state. It counts as failed when it lapses: whoever held it
/// was killed.
struct ProbeLease {
  std::uint64_t id = 0;
  WallMilliseconds until;
  bool operator==(const ProbeLease&) const = default;
};

/// What is known about one circuit. Every change of `state` begins a new generation, in which the
/// results of calls that began in an older one do not count.
struct BreakerState {
  std::string key;
  CircuitState state = CircuitState::closed;
  std::uint64_t generation = 0;
  WallMilliseconds changed_at;
  std::optional<WallMilliseconds> open_until;
  std::uint32_t open_count = 0;  ///< times that it opened without a long good time between
  std::string why;               ///< it opened, in words: "5 of 6 calls failed"
  CallWindow window;
  std::uint32_t consecutive = 0;              ///< failures in a row
  std::optional<WallMilliseconds> called_at;  ///< when the last call was counted
  std::vector<ProbeLease> probes;
  std::uint32_t probes_ok = 0;
  std::uint32_t probes_failed = 0;
  std::string last_error;

  bool operator==(const BreakerState&) const = default;
};

/// Whether somebody decided it, so that no call changes it.
bool is_by_hand(CircuitState state);
/// "half_open".
std::string_view state_name(CircuitState state);
/// The reverse; nothing for another word.
std::optional<CircuitState> state_of_name(std::string_view name);

/// Whether a call may be made.
struct Permit {
  bool allowed = true;
  std::optional<std::uint64_t> generation;  ///< without one the result counts nowhere
  std::optional<std::uint64_t> probe;       ///< the lease, of a call in half-open state
  std::optional<Milliseconds> retry_after;  ///< when refused; none: until somebody resets it
  std::string why;                          ///< when refused
};

enum class CallOutcome {
  success,
  failure,  ///< the service's: not reached, too late, 5xx
  ignored,  ///< says nothing about the service: interrupted, a local error, a contract not held
};

/// How a call ended.
struct CallReport {
  CallOutcome outcome = CallOutcome::success;
  Duration latency{};
  std::optional<Duration> retry_after = {};  ///< what a failure's Retry-After comes to
  std::string error = {};                    ///< a failure in words: "503 Service Unavailable"
};

// The state machine. Pure: `now` is the wall clock, `random` 64 random bits. After the clock was
// set back a circuit is open for as long as if it had opened now, not until that time comes again.

/// Before every attempt.
Permit acquire_permit(BreakerState& state, const BreakerParameters& parameters,
                      WallMilliseconds now, std::uint64_t random);

/// After every attempt, whatever became of it.
void record_call(BreakerState& state, const BreakerParameters& parameters, const Permit& permit,
                 const CallReport& report, WallMilliseconds now, std::uint64_t random);

/// By hand: refuses every call for so long, or until reset.
void trip_circuit(BreakerState& state, std::optional<Milliseconds> length, WallMilliseconds now);

/// By hand: closed, as if nothing had happened.
void reset_circuit(BreakerState& state, WallMilliseconds now);

}  // namespace mscomm
