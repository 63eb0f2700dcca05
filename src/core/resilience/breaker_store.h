#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/resilience/breaker_state.h"
#include "core/runtime/error.h"

namespace mscomm {

struct Environment;
class BreakerFolder;
class Observer;

/// How long a call waits for the lock of its circuit.
inline constexpr Duration kBreakerPatience = std::chrono::milliseconds(50);

/// Thrown when another process held the lock of a circuit for too long.
class BreakerLockHeld : public Error {
 public:
  explicit BreakerLockHeld(std::string message) : Error(Exit::io, std::move(message)) {}
};

/// The files that keep circuits between runs: `NAME.cb`, which is replaced as a whole; `NAME.lock`,
/// which is only locked; and the folder `NAME.left`, with the calls that ended while the lock was
/// held. The kernel releases the lock of a killed process. Only files that the user owns are used,
/// and symbolic links are not followed.
class BreakerStore {
 public:
  /// `folder` is created at first need. An empty path keeps nothing.
  explicit BreakerStore(std::string folder) : folder_(std::move(folder)) {}

  /// A store in $XDG_STATE_HOME, else in $XDG_RUNTIME_DIR. If neither is writable, it keeps
  /// nothing, with a warning.
  static BreakerStore open(const Environment& environment, Observer& observer);

  [[nodiscard]] bool keeps_state() const { return !folder_.empty(); }

  using Change = std::function<void(BreakerState&)>;
  /// Counts a finished call in a state.
  using Count = std::function<void(BreakerState&, const FinishedCall&)>;

  /// Calls `change` with the circuit of that key, under its lock, and stores the result if it
  /// differs. With `count`, the calls in NAME.left are counted before. An unreadable file is kept
  /// as `NAME.bad` and replaced by a new, closed circuit. Throws BreakerLockHeld when another
  /// process held the lock all the time of `patience`, Error{io} for other reasons; `change` may
  /// have been called even then.
  void update(const std::string& key, const Change& change, const Count& count = {},
              Duration patience = kBreakerPatience) const;

  /// Counts a finished call as update() would, without waiting for the lock: while another process
  /// holds it, the call is left to that process, and is seen by peek() meanwhile. Throws Error{io}.
  void count(const std::string& key, const FinishedCall& call, const Count& count) const;

  /// The circuit of that key as last stored, with the calls in NAME.left, read without the lock; a
  /// new, closed one when there is none, or it is unreadable. Throws Error{io} for a file that
  /// cannot be used.
  [[nodiscard]] BreakerState peek(const std::string& key, const Count& count) const;

  /// Receives the reason why a file is passed over.
  using Skip = std::function<void(const Error&)>;
  /// All readable circuits, by key. Throws Error{io}.
  [[nodiscard]] std::vector<BreakerState> all(const Skip& skip) const;

  /// Removes circuits unused for a week, except those set by hand. Throws Error{io}, and
  /// BreakerLockHeld for the first that another process has locked.
  void collect_garbage(WallTime now) const;

 private:
  // Under the lock: false when NAME is the name of another circuit.
  static bool change_stored(const BreakerFolder& folder, const std::string& name,
                            const std::string& key, const Change& change, const Count& count);
  static void count_left(const BreakerFolder& folder, const std::string& name,
                         const std::string& key, const Count& count);
  static Error too_many(const std::string& key);

  std::string folder_;
};

/// Warns "what: why", once in a process, however many threads and circuits find the same.
void warn_of_breaker(Observer& observer, std::string_view what, std::string_view why);

/// The file name of a circuit, without ending; `collision` counts other circuits with the same
/// hash.
std::string breaker_file_name(std::string_view key, int collision = 0);

}  // namespace mscomm
