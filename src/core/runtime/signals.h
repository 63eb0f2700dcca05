#pragma once

#include "core/runtime/files.h"

namespace mscomm {

/// SIGINT, SIGTERM and SIGHUP as something that poll(2) can wait for (a self-pipe).
///
/// The first signal makes `fd()` readable; a second one kills the process at once, since the
/// handler restores the default action. SIGPIPE is ignored from construction on: a closed pipe is
/// an EPIPE of the write that met it. One instance per process.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// Readable from the first signal until `acknowledge()`.
  [[nodiscard]] int fd() const noexcept { return read_end_.get(); }

  /// The first signal that came, or 0.
  [[nodiscard]] int signal_number() const noexcept;

  /// Stops `fd()` from being readable, so that cleaning up may wait again. `signal_number()` stays.
  void acknowledge() const noexcept;

  /// Ends the process by the signal that came, so that a shell loop around it stops too
  /// (https://www.cons.org/cracauer/sigint.html). Call last. Returns if none came.
  void re_raise() const noexcept;

 private:
  UniqueFd read_end_, write_end_;
};

}  // namespace mscomm
