#pragma once

#include <random>
#include <string>
#include <string_view>

#include "core/resilience/breaker_state.h"
#include "core/resilience/breaker_store.h"
#include "core/runtime/error.h"

namespace mscomm {

class Observer;

/// The circuit breaker of one service, for one thread. Its state outlives the process: the next
/// process that calls the service continues with it.
///
///   Breaker breaker(store, url.origin, parameters, context.clock, context.observer);
///   const auto permit = breaker.acquire();
///   if (!permit.allowed) throw breaker.refusal(permit);
///   ...
///   breaker.record(permit, {.outcome = CallOutcome::failure, .latency = took, .error = "503"});
///
/// A problem with the files never throws and never takes more than 50 ms: the call is then allowed
/// and not counted.
class Breaker {
 public:
  enum class Sharing {
    every_call,  ///< each call reads and writes the files
    at_the_end,  ///< for thousands of calls a second: the files are read now and written by
                 ///< persist()
  };

  /// Store, clock and observer must outlive the breaker.
  Breaker(const BreakerStore& store, std::string key, const BreakerParameters& parameters,
          const Clock& clock, Observer& observer, Sharing sharing = Sharing::every_call);

  /// Call before every attempt, retries included. A call with a permit must record() its outcome.
  Permit acquire();

  /// Call after every attempt, with `ignored` when the call was interrupted.
  void record(const Permit& permit, const CallReport& report);

  /// Stores the state reached since the start, unless the stored circuit has changed state
  /// meanwhile. Does nothing when every call is shared.
  void persist();

  /// The error to throw when `permit` is not allowed: Error{circuit_open}.
  [[nodiscard]] Error refusal(const Permit& permit) const;

 private:
  Permit permit_without_lock();
  bool with_state(const BreakerStore::Change& change);
  void tell_transition(CircuitState before, const BreakerState& after) const;
  bool with_stored_state(const BreakerStore::Change& change);
  void collect_garbage_at_times();
  [[nodiscard]] WallMilliseconds now() const;

  const BreakerStore& store_;
  std::string key_;
  BreakerParameters parameters_;
  const Clock& clock_;
  Observer& observer_;
  std::mt19937_64 random_;
  bool is_shared_;
  bool said_problem_ = false;
  BreakerState loaded_;  ///< the stored state that persist() knows
  BreakerState state_;   ///< when not every call is shared
};

/// The longest key of a circuit, in bytes.
inline constexpr std::size_t kLongestBreakerKey = 300;

/// Checks a circuit's key. Throws Error{usage} beginning with `what` when it is empty, too long, or
/// has control characters.
void check_breaker_key(std::string_view key, std::string_view what);

}  // namespace mscomm
