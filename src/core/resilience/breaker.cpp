#include "core/resilience/breaker.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/resilience/breaker_record.h"
#include "core/runtime/random_id.h"
#include "core/runtime/text.h"
#include "core/telemetry/log.h"
#include "core/telemetry/step_names.h"

namespace mscomm {
namespace {

// Merges two states that both descend from `loaded`. While the stored one keeps its generation,
// `mine` wins: the calls that other processes counted meanwhile are few beside those of a load run.
BreakerState merged(const BreakerState& stored, const BreakerState& loaded, BreakerState mine) {
  if (stored.generation == loaded.generation) {
    return mine;
  }
  if (is_by_hand(stored.state) || mine.generation == loaded.generation ||
      stored.changed_at > mine.changed_at) {
    return stored;
  }
  mine.generation = std::max(mine.generation, stored.generation) + 1;
  return mine;
}

}  // namespace

Breaker::Breaker(const BreakerStore& store, std::string key, const BreakerParameters& parameters,
                 const Clock& clock, Observer& observer, Sharing sharing)
    : store_(store),
      key_(std::move(key)),
      parameters_(parameters),
      clock_(clock),
      observer_(observer),
      random_(random_bits()),
      is_shared_(sharing == Sharing::every_call && store.keeps_state()) {
  loaded_.key = key_;
  if (!is_shared_ && store_.keeps_state()) {
    with_stored_state([this](BreakerState& stored) { loaded_ = stored; });
  }
  state_ = loaded_;
}

Permit Breaker::acquire() {
  Permit permit;
  const bool counted = with_state(
      [&](BreakerState& state) { permit = acquire_permit(state, parameters_, now(), random_()); });
  return counted ? permit : permit_without_lock();
}

// With many calls at once some do not get the lock in time. The stored state may still refuse such
// a call, but must not grant it a half-open probe.
Permit Breaker::permit_without_lock() {
  if (auto stored = store_.peek(key_)) {
    auto permit = acquire_permit(*stored, parameters_, now(), random_());
    if (!permit.allowed) {
      return permit;
    }
  }
  return {};
}

void Breaker::record(const Permit& permit, const CallReport& report) {
  if (!permit.generation) {
    return;
  }
  with_state([&](BreakerState& state) {
    record_call(state, parameters_, permit, report, now(), random_());
  });
  if (is_shared_) {
    collect_garbage_at_times();
  }
}

void Breaker::persist() {
  if (is_shared_ || !store_.keeps_state()) {
    return;
  }
  with_stored_state([this](BreakerState& stored) {
    stored = merged(stored, loaded_, state_);
    loaded_ = stored;
    state_ = stored;
  });
  collect_garbage_at_times();
}

Error Breaker::refusal(const Permit& permit) const {
  const auto end = permit.retry_after ? fmt::format("for {} more", shown_time(*permit.retry_after))
                                      : std::string("until it is reset");
  return {Exit::circuit_open,
          fmt::format("the circuit '{}' is open {} ({})", key_, end, permit.why),
          fmt::format("nothing is sent meanwhile; 'mscomm breaker reset {}' closes it", key_)};
}

bool Breaker::with_state(const BreakerStore::Change& change) {
  if (!is_shared_) {
    const auto before = state_.state;
    change(state_);
    tell_transition(before, state_);
    return true;
  }
  auto before = CircuitState::closed;
  std::optional<BreakerState> changed;
  const bool counted = with_stored_state([&](BreakerState& state) {
    before = state.state;
    change(state);
    if (state.state != before) {
      changed = state;
    }
  });
  if (changed) {
    tell_transition(before, *changed);  // after the lock is released
  }
  return counted;
}

void Breaker::tell_transition(CircuitState before, const BreakerState& after) const {
  if (after.state != before) {
    observer_.tell({.name = steps::kBreakerChanged,
                    .target = key_,
                    .fields = {{"before", state_name(before)},
                               {"state", state_name(after.state)},
                               {"why", after.why}}});
  }
}

bool Breaker::with_stored_state(const BreakerStore::Change& change) {
  try {
    store_.update(key_, change);
    return true;
  } catch (const Error& error) {
    if (!std::exchange(said_problem_, true)) {
      Log(observer_).debug("the circuit breaker stands aside: {}", error.what());
    }
    return false;
  }
}

void Breaker::collect_garbage_at_times() {
  constexpr std::uint64_t kRuns = 256;
  if (random_() % kRuns != 0) {
    return;
  }
  try {
    store_.collect_garbage(clock_.wall());
  } catch (const Error& error) {
    Log(observer_).debug("old circuits stay where they are: {}", error.what());
  }
}

WallMilliseconds Breaker::now() const { return std::chrono::floor<Milliseconds>(clock_.wall()); }

void check_breaker_key(std::string_view key, std::string_view what) {
  if (key.empty() || key.size() > kLongestBreakerKey || visible(key) != key ||
      key.find_first_of("\n\t") != std::string_view::npos) {
    throw Error(Exit::usage, fmt::format("{}: '{}' cannot be the name of a circuit", what, key),
                fmt::format("up to {} bytes of text in one line", kLongestBreakerKey));
  }
}

}  // namespace mscomm
