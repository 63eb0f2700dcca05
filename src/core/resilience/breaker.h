#pragma once

#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
/// and not counted, which a warning says once. Other processes are no such problem: a call that
/// ends while one of them holds the lock is counted all the same.
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
  Permit shared_permit();
  bool changes_by_acquiring(Permit& permit);
  void acquire_from(BreakerState& state, Permit& permit);
  void count(BreakerState& state, const FinishedCall& call);
  // count() as the store calls it.
  BreakerStore::Count counting();
  [[nodiscard]] BreakerState merged(BreakerState stored);

  template <class Use>
  void with_files(const Use& use);
  void stand_aside(const Error& error) const;
  template <class Change>
  void change(BreakerState& state, const Change& change);
  void tell_changes();
  void collect_garbage_at_times();
  [[nodiscard]] WallMilliseconds now() const;

  const BreakerStore& store_;
  std::string key_;
  BreakerParameters parameters_;
  const Clock& clock_;
  Observer& observer_;
  std::mt19937_64 random_;
  bool is_shared_;
  std::vector<std::pair<CircuitState, BreakerState>> changes_;  ///< not yet told: from, to
  // When not every call is shared:
  BreakerState loaded_;                ///< the stored state that persist() knows
  BreakerState state_;                 ///< the state since
  std::deque<FinishedCall> finished_;  ///< the calls since, as many as a state counts
};

/// The longest key of a circuit, in bytes.
inline constexpr std::size_t kLongestBreakerKey = 300;

/// Checks a circuit's key. Throws Error{usage} beginning with `what` when it is empty, too long, or
/// has control characters.
void check_breaker_key(std::string_view key, std::string_view what);

}  // namespace mscomm
