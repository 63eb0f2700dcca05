#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/resilience/breaker_state.h"
#include "core/runtime/files.h"

namespace mscomm {

struct Environment;
class Log;

/// The files that keep circuits between runs: `NAME.cb`, which is replaced as a whole, and
/// `NAME.lock`, which is only locked. The kernel releases the lock of a killed process. Only files
/// that the user owns are used, and symbolic links are not followed.
class BreakerStore {
 public:
  /// `folder` is created at first need. An empty path keeps nothing.
  explicit BreakerStore(std::string folder) : folder_(std::move(folder)) {}

  /// A store in $XDG_STATE_HOME, else in $XDG_RUNTIME_DIR. If neither is writable, it keeps
  /// nothing, with a warning.
  static BreakerStore open(const Environment& environment, const Log& log);

  [[nodiscard]] bool keeps_state() const { return !folder_.empty(); }

  using Change = std::function<void(BreakerState&)>;
  /// Calls `change` with the circuit of that key, under its lock, and stores the result if it
  /// differs. An unreadable file is kept as `NAME.bad` and replaced by a new, closed circuit.
  /// Throws Error{io}, also when another process held the lock for 50 ms; `change` may have been
  /// called even then.
  void update(const std::string& key, const Change& change) const;

  /// The circuit of that key as last stored, read without the lock; nothing when there is none, or
  /// it is unreadable.
  [[nodiscard]] std::optional<BreakerState> peek(const std::string& key) const;

  /// All readable circuits, by key. Throws Error{io}.
  [[nodiscard]] std::vector<BreakerState> all() const;

  /// Removes circuits unused for a week, except those set by hand. Throws Error{io}, also when
  /// another process holds the lock of one.
  void collect_garbage(WallTime now) const;

 private:
  std::string folder_;
};

/// The file name of a circuit, without ending; `collision` counts other circuits with the same
/// hash.
std::string breaker_file_name(std::string_view key, int collision = 0);

}  // namespace mscomm
