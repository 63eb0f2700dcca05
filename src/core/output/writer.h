#pragma once

#include <cstddef>
#include <string>

#include "core/runtime/files.h"

namespace mscomm {

class StopSignal;

/// Buffered bytes on their way to stdout or a file, in whole records.
///
/// Append to `buffer()`, then flush before blocking for input; nothing is written implicitly, and
/// the destructor does not flush. Every failed write is an exception: ReaderGone for EPIPE,
/// Error{io} for the rest, so a record counts as written only after flush() returned. A pipe or
/// terminal is never made non-blocking for its other owners: a private twin is opened through
/// /proc/self/fd where possible.
class Writer {
 public:
  /// Writes to `fd`, which stays open and owned by the caller. `name` is for messages.
  Writer(int fd, std::string name, const StopSignal& stop);
  /// Writes to a file that it owns.
  Writer(UniqueFd file, std::string name, const StopSignal& stop);

  [[nodiscard]] std::string& buffer() noexcept { return buffer_; }
  [[nodiscard]] int fd() const noexcept { return fd_; }

  /// Writes everything, waiting as long as it takes. Throws Interrupted on a stop signal.
  void flush();

  /// Shrinks a pipe to one page, so that it is writable only while it is empty: POLLOUT on `fd()`
  /// then means that the reader has taken everything. False when it is not a pipe, or its size
  /// cannot be set.
  bool pace_by_reader();

  /// Writes what can be written without blocking; true when the buffer is empty afterwards.
  /// Poll `fd()` for POLLOUT before trying again.
  bool try_flush();

 private:
  /// How bytes are written without blocking for long.
  enum class Way {
    write,              ///< a file, or the non-blocking twin of a pipe or terminal
    write_when_polled,  ///< a pipe or terminal without a twin: a page at a time after POLLOUT
    send,               ///< a socket
  };

  std::ptrdiff_t write_some();
  void forget_written();

  std::string name_;
  const StopSignal& stop_;
  UniqueFd owned_;
  int fd_;
  Way way_ = Way::write;
  std::string buffer_;
  std::size_t written_ = 0;
};

}  // namespace mscomm
