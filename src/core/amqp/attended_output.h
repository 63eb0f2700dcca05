#pragma once

#include "core/amqp/session_owner.h"
#include "core/output/writer.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// The output of a run that holds a session. While a slow reader blocks the output, heartbeats are
/// still sent, and a stop signal and the command's deadline are obeyed.
class AttendedOutput {
 public:
  /// `writer`, `session` and `context` must outlive this object.
  AttendedOutput(Writer& writer, SessionOwner& session, const Context& context)
      : writer_(writer), session_(session), context_(context) {}

  /// Append whole records, then write().
  [[nodiscard]] std::string& buffer() noexcept { return writer_.buffer(); }
  [[nodiscard]] int fd() const noexcept { return writer_.fd(); }

  /// From now on write() returns only when the reader has taken everything. False when the output
  /// is not a pipe that can tell.
  bool pace_by_reader() { return paced_ = writer_.pace_by_reader(); }
  /// Sets a deadline for all further waiting, besides the command's own.
  void limit(const Deadline& deadline) { limit_ = deadline; }

  /// Writes the buffer. Throws ReaderGone, Interrupted, Error{timeout} when a deadline passes, and
  /// Error{io}.
  void write();
  /// As write(), but does not wait until the reader has taken it.
  void write_piece();

 private:
  void wait();

  Writer& writer_;
  SessionOwner& session_;
  const Context& context_;
  Deadline limit_;
  bool paced_ = false;
};

}  // namespace mscomm
