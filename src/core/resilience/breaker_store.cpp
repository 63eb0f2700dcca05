#include "core/resilience/breaker_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>

#include "core/resilience/breaker_folder.h"
#include "core/resilience/breaker_json.h"
#include "core/runtime/environment.h"
#include "core/telemetry/observer.h"

namespace mscomm {
namespace {

constexpr int kMostCollisions = 8;

// Calls that ended while another process held the lock.
std::string left_folder(const std::string& name) { return name + ".left"; }

BreakerLockHeld lock_held(const std::string& name) {
  return BreakerLockHeld(fmt::format("cannot lock '{}': another process holds it", name));
}

// Call under the lock.
BreakerState load(const BreakerFolder& folder, const std::string& name, const std::string& key) {
  if (const auto text = folder.read(name + ".cb")) {
    if (auto state = parse_breaker_state(*text)) {
      return *state;
    }
    folder.rename(name + ".cb", name + ".bad");
  }
  BreakerState fresh;
  fresh.key = key;
  return fresh;
}

void count_all(BreakerState& state, const std::vector<std::string>& left,
               const BreakerStore::Count& count) {
  for (const auto& text : left) {
    if (const auto call = parse_finished_call(text)) {
      count(state, *call);
    }
  }
}

// FNV-1a, 64 bits.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return hash;
}

}  // namespace

std::string breaker_file_name(std::string_view key, int collision) {
  constexpr std::size_t kLongestSlug = 40;
  std::string slug;
  for (const char c : key.substr(0, kLongestSlug)) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || (c == '.' && !slug.empty());
    if (is_plain || (!slug.empty() && slug.back() != '-')) {
      slug += is_plain ? c : '-';
    }
  }
  const auto name = fmt::format("{}-{:016x}", slug, hash_of(key));
  return collision == 0 ? name : fmt::format("{}-{}", name, collision);
}

void warn_of_breaker(Observer& observer, std::string_view what, std::string_view why) {
  static std::mutex mutex;
  static std::set<std::string> told;
  const auto text = fmt::format("{}: {}", what, why);
  {
    const std::lock_guard lock(mutex);
    if (!told.insert(text).second) {
      return;
    }
  }
  observer.tell({.level = LogLevel::warning}, "{}", text);
}

BreakerStore BreakerStore::open(const Environment& environment, Observer& observer) {
  std::string why = "neither HOME nor XDG_STATE_HOME nor XDG_RUNTIME_DIR is set";
  for (const auto& parent : {environment.state_folder(), environment.runtime_folder()}) {
    if (parent.empty()) {
      continue;
    }
    auto path = parent + "/breaker";
    try {
      const BreakerFolder folder(path);
      if (access(path.c_str(), W_OK) == 0) {
        return BreakerStore(std::move(path));
      }
      why = fmt::format("cannot write to '{}': {}", path, std::strerror(errno));
    } catch (const Error& error) {
      why = error.what();
    }
  }
  warn_of_breaker(observer, "the circuit breaker forgets everything at the end of this command",
                  why);
  return BreakerStore({});
}

void BreakerStore::update(const std::string& key, const Change& change, const Count& count,
                          Duration patience) const {
  const auto deadline = Deadline::in(SystemClock(), patience);
  const BreakerFolder folder(folder_);
  for (int collision = 0; collision < kMostCollisions; ++collision) {
    const auto name = breaker_file_name(key, collision);
    const auto lock = folder.lock(name, deadline);
    if (!lock) {
      throw lock_held(folder_ + '/' + name + ".lock");
    }
    if (change_stored(folder, name, key, change, count)) {
      return;
    }
  }
  throw too_many(key);
}

bool BreakerStore::change_stored(const BreakerFolder& folder, const std::string& name,
                                 const std::string& key, const Change& change, const Count& count) {
  auto state = load(folder, name, key);
  if (state.key != key) {
    return false;
  }
  const auto before = state;
  if (count) {
    count_all(state, folder.take(left_folder(name)), count);
  }
  change(state);
  if (state != before) {
    folder.write(name + ".cb", breaker_state_text(state));
  }
  return true;
}

void BreakerStore::count(const std::string& key, const FinishedCall& call,
                         const Count& count) const {
  const BreakerFolder folder(folder_);
  const auto count_call = [&](BreakerState& state) { count(state, call); };
  for (int collision = 0; collision < kMostCollisions; ++collision) {
    const auto name = breaker_file_name(key, collision);
    if (const auto lock = folder.try_lock(name)) {
      if (!change_stored(folder, name, key, count_call, count)) {
        continue;
      }
    } else {
      const auto stored = parse_breaker_state(folder.read(name + ".cb").value_or(""));
      if (stored && stored->key != key) {
        continue;
      }
      folder.leave(left_folder(name), finished_call_text(call));
    }
    count_left(folder, name, key, count);
    return;
  }
  throw too_many(key);
}

// Whoever finds the lock taken leaves a call to the one who holds it, and that one looks for such
// calls after it has let go of the lock: so the last one finds all.
void BreakerStore::count_left(const BreakerFolder& folder, const std::string& name,
                              const std::string& key, const Count& count) {
  constexpr int kMostRounds = 100;
  bool was_left = true;
  for (int i = 0; i < kMostRounds && was_left && folder.has(left_folder(name)); ++i) {
    was_left = false;
    const auto count_call = [&](BreakerState& state, const FinishedCall& call) {
      was_left = true;
      count(state, call);
    };
    const auto lock = folder.try_lock(name);
    if (lock) {
      change_stored(
          folder, name, key, [](BreakerState&) {}, count_call);
    }
  }
}

BreakerState BreakerStore::peek(const std::string& key, const Count& count) const {
  const BreakerFolder folder(folder_);
  BreakerState fresh;
  fresh.key = key;
  for (int collision = 0; collision < kMostCollisions; ++collision) {
    const auto name = breaker_file_name(key, collision);
    const auto text = folder.read(name + ".cb");
    auto state = text ? parse_breaker_state(*text) : std::nullopt;
    if (!state || state->key == key) {
      state = state ? state : fresh;
      count_all(*state, folder.look(left_folder(name)), count);
      return *state;
    }
  }
  return fresh;
}

std::vector<BreakerState> BreakerStore::all(const Skip& skip) const {
  std::vector<BreakerState> states;
  const BreakerFolder folder(folder_);
  for (const auto& name : folder.names(".cb")) {
    try {
      if (auto state = parse_breaker_state(folder.read(name + ".cb").value_or(""))) {
        states.push_back(std::move(*state));
      }
    } catch (const Error& error) {  // update() cannot use such a file either
      skip(error);
    }
  }
  std::ranges::sort(states, {}, &BreakerState::key);
  return states;
}

void BreakerStore::collect_garbage(WallTime now) const {
  const BreakerFolder folder(folder_);
  for (const auto& name : folder.names(".cb")) {
    if (!folder.is_unused(name + ".cb", now)) {
      continue;
    }
    const auto lock = folder.try_lock(name);
    if (!lock) {
      throw lock_held(folder_ + '/' + name + ".lock");
    }
    const auto state = parse_breaker_state(folder.read(name + ".cb").value_or(""));
    if (folder.is_unused(name + ".cb", now) && !(state && is_by_hand(state->state))) {
      folder.remove(name + ".cb");
      static_cast<void>(folder.take(left_folder(name)));
    }
  }
}

Error BreakerStore::too_many(const std::string& key) {
  return {Exit::io, fmt::format("cannot keep '{}': too many circuits have the same hash", key)};
}

}  // namespace mscomm
