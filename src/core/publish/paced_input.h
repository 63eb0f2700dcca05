#pragma once

#include <optional>

#include "core/message/source.h"
#include "core/resilience/rate_pacer.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// The messages of a source, no faster than a rate, for a loop that has other things to wait for.
class PacedInput {
 public:
  PacedInput(MessageSource& source, const Context& context) : source_(source), context_(context) {}

  /// The first message is due now. Without a rate each is due at once.
  void start(const std::optional<double>& rate);

  /// The next message; false when there is none now. `out` must be the same each time, since it may
  /// hold a message that is not yet due. Throws what the source throws, and Interrupted
  /// when a message that its input's end cut off came together with a stop signal.
  bool next(Outgoing& out);

  /// Whether next() may give one without waiting for anything.
  [[nodiscard]] bool is_ready() const { return !ended_ && !waits_ && !due_.at(); }
  /// To be called before next() after a wait.
  void look_again();
  /// What to poll for POLLIN; -1 when it is not the input that is waited for.
  [[nodiscard]] int fd() const { return waits_ ? source_.fd() : -1; }
  /// When the next message is due; none when it is not that which is waited for.
  [[nodiscard]] const Deadline& due() const { return due_; }

  [[nodiscard]] bool ended() const { return ended_; }
  void end() { ended_ = true; }
  [[nodiscard]] std::optional<double> progress() const { return source_.progress(); }

 private:
  bool take(Outgoing& out);
  void refuse_a_half_message(const Outgoing& out);

  MessageSource& source_;
  const Context& context_;
  std::optional<RatePacer> pacer_;
  Deadline due_;
  bool held_back_ = false;  // the caller's message is taken from the source and not yet due
  bool ended_ = false;
  bool waits_ = false;
  bool paused_ = false;    // it has been waited for at least once
  bool was_late_ = false;  // it was waited for since the last message
};

}  // namespace mscomm
