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

/// The files in which circuits are kept between runs: `NAME.cb`, which is replaced, and
/// `NAME.lock`, which is only ever locked. The kernel lets go of the lock of a process that was
/// killed. Only files of the user's own are touched, and no symbolic link is followed.
class BreakerStore {
 public:
  /// `folder` is created when it is first needed. An empty one keeps nothing.
  explicit BreakerStore(std::string folder) : folder_(std::move(folder)) {}

  /// In $XDG_STATE_HOME, or else in $XDG_RUNTIME_DIR; where neither can be written, one that keeps
  /// nothing, with a warning.
  static BreakerStore open(const Environment& environment, const Log& log);

  [[nodiscard]] bool keeps_state() const { return !folder_.empty(); }

  using Change = std::function<void(BreakerState&)>;
  /// Has `change` work on the circuit of that key, under its lock, and stores what is different
  /// afterwards. What is stored and cannot be read is put aside as `NAME.bad`, and a new, closed
  /// circuit takes its place. Throws Error{io}, also when another process held the lock for 50 ms;
  /// `change` may have been called then.
  void update(const std::string& key, const Change& change) const;

  /// The circuit of that key as it was stored last, whoever holds the lock; nothing when there is
  /// none that can be read.
  [[nodiscard]] std::optional<BreakerState> peek(const std::string& key) const;

  /// All circuits that can be read, by key. Throws Error{io}.
  [[nodiscard]] std::vector<BreakerState> all() const;

  /// Removes circuits that were not used for a week, except those that were opened by hand.
  /// Throws Error{io}.
  void collect_garbage(WallTime now) const;

 private:
  std::string folder_;
};

/// The name of the files of a circuit, without an ending; the `collision`-th if others have the
/// same.
std::string breaker_file_name(std::string_view key, int collision = 0);

}  // namespace mscomm
