#pragma once

#include "core/amqp/session_owner.h"
#include "core/output/writer.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// The output of a run over a session. However slowly it is read, the session's heartbeats go on,
/// and a stop signal and the command's deadline are seen.
class AttendedOutput {
 public:
  /// All of them outlive this.
  AttendedOutput(Writer& writer, SessionOwner& session, const Context& context)
      : writer_(writer), session_(session), context_(context) {}

  /// Append whole records, then write().
  [[nodiscard]] std::string& buffer() noexcept { return writer_.buffer(); }
  [[nodiscard]] int fd() const noexcept { return writer_.fd(); }

  /// From now on write() returns when the reader has taken everything, where the output is a pipe
  /// that says so. False where it is none.
  bool pace_by_reader() { return paced_ = writer_.pace_by_reader(); }
  /// The time for all further waiting, besides the command's deadline.
  void limit(const Deadline& deadline) { limit_ = deadline; }

  /// Writes what is buffered. Throws ReaderGone, Interrupted, Error{timeout} when the time is over,
  /// and Error{io}.
  void write();
  /// As write(), but returns when it is written, also where the reader has not taken it yet.
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
