#pragma once

#include "core/runtime/files.h"

namespace mscomm {

/// SIGINT, SIGTERM and SIGHUP as a descriptor for poll(2) (a self-pipe).
///
/// The first signal makes `fd()` readable; a second one kills the process at once, since the
/// handler restores the default action. SIGPIPE is ignored from construction on: a closed pipe is
/// EPIPE from the write. One instance per process.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// Readable from the first signal until `acknowledge()`.
  [[nodiscard]] int fd() const noexcept { return read_end_.get(); }

  /// The first signal received, or 0.
  [[nodiscard]] int signal_number() const noexcept;

  /// Makes `fd()` unreadable, so that cleaning up may wait again. `signal_number()` stays.
  void acknowledge() const noexcept;

  /// Ends the process by the signal received, so that a shell loop around it stops too
  /// (https://www.cons.org/cracauer/sigint.html). Call last. Returns if there was none.
  void re_raise() const noexcept;

 private:
  UniqueFd read_end_, write_end_;
};

}  // namespace mscomm
