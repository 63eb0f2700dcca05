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

using namespace std::chrono_literals;

// A load run has nothing to lose by waiting once, at its end.
constexpr Duration kPersistPatience = 500ms;

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
    with_files([this] { loaded_ = store_.peek(key_, counting()); });
    changes_.clear();  // those that are not yet stored
  }
  state_ = loaded_;
}

Permit Breaker::acquire() {
  Permit permit;
  if (is_shared_) {
    with_files([&] { permit = shared_permit(); });
  } else {
    acquire_from(state_, permit);
    tell_changes();
  }
  return permit;
}

// What is stored is replaced as a whole, so what changes nothing needs no lock: a call of a closed
// circuit, and a refused one. Where another process holds the lock, a half-open probe is not
// granted: the call is made, since a breaker must not be an outage, and is not counted.
Permit Breaker::shared_permit() {
  Permit permit;
  if (!changes_by_acquiring(permit)) {
    return permit;
  }
  try {
    store_.update(
        key_, [&](BreakerState& state) { acquire_from(state, permit); }, counting());
    return permit;
  } catch (const Error& error) {
    stand_aside(error);
  }
  changes_by_acquiring(permit);  // who held the lock may have changed it
  return permit.probe ? Permit() : permit;
}

// Acquires from a copy of what is stored; returns whether that changed it.
bool Breaker::changes_by_acquiring(Permit& permit) {
  const auto stored = store_.peek(key_, counting());
  auto state = stored;
  acquire_from(state, permit);
  changes_.clear();
  return state != stored;
}

void Breaker::record(const Permit& permit, const CallReport& report) {
  if (!permit.generation) {
    return;
  }
  FinishedCall call{permit, report};
  call.report.at = now();
  if (is_shared_) {
    with_files([&] { store_.count(key_, call, counting()); });
    collect_garbage_at_times();
    return;
  }
  count(state_, call);
  tell_changes();
  finished_.push_back(std::move(call));
  if (finished_.size() > kMostWindowCalls) {
    finished_.pop_front();
  }
}

void Breaker::persist() {
  if (is_shared_ || !store_.keeps_state()) {
    return;
  }
  with_files([this] {
    const auto merge = [this](BreakerState& stored) {
      stored = merged(std::move(stored));
      loaded_ = stored;
      state_ = stored;
    };
    store_.update(key_, merge, counting(), kPersistPatience);
  });
  finished_.clear();
  collect_garbage_at_times();
}

// The stored state and the own one both descend from `loaded_`.
BreakerState Breaker::merged(BreakerState stored) {
  const bool is_same = stored.generation == loaded_.generation;
  if (is_same && state_.generation == loaded_.generation) {
    for (const auto& call : finished_) {
      count(stored, call);
    }
    return stored;
  }
  if (is_same) {
    return state_;
  }
  if (is_by_hand(stored.state) || state_.generation == loaded_.generation ||
      stored.changed_at > state_.changed_at) {
    return stored;
  }
  auto mine = state_;
  mine.generation = std::max(mine.generation, stored.generation) + 1;
  return mine;
}

Error Breaker::refusal(const Permit& permit) const {
  const auto end = permit.retry_after ? fmt::format("for {} more", shown_time(*permit.retry_after))
                                      : std::string("until it is reset");
  return {Exit::circuit_open,
          fmt::format("the circuit '{}' is open {} ({})", key_, end, permit.why),
          fmt::format("nothing is sent meanwhile; 'mscomm breaker reset {}' closes it", key_)};
}

void Breaker::acquire_from(BreakerState& state, Permit& permit) {
  change(state, [&] { permit = acquire_permit(state, parameters_, now(), random_()); });
}

void Breaker::count(BreakerState& state, const FinishedCall& call) {
  change(state,
         [&] { record_call(state, parameters_, call.permit, call.report, now(), random_()); });
}

BreakerStore::Count Breaker::counting() {
  return [this](BreakerState& state, const FinishedCall& call) { count(state, call); };
}

// Uses the files; what has changed is told once they are no longer in use.
template <class Use>
void Breaker::with_files(const Use& use) {
  try {
    use();
  } catch (const Error& error) {
    stand_aside(error);
  }
  tell_changes();
}

void Breaker::stand_aside(const Error& error) const {
  constexpr std::string_view kWhat = "the circuit breaker stands aside, and calls are not counted";
  if (dynamic_cast<const BreakerLockHeld*>(&error) != nullptr) {
    Log(observer_).debug("{}: {}", kWhat, error.what());
  } else {
    warn_of_breaker(observer_, kWhat, error.what());
  }
}

template <class Change>
void Breaker::change(BreakerState& state, const Change& change) {
  const auto before = state.state;
  change();
  if (state.state != before) {
    changes_.emplace_back(before, state);
  }
}

void Breaker::tell_changes() {
  for (const auto& [before, after] : changes_) {
    observer_.tell({.name = steps::kBreakerChanged,
                    .target = key_,
                    .fields = {{"before", state_name(before)},
                               {"state", state_name(after.state)},
                               {"why", after.why}}});
  }
  changes_.clear();
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
