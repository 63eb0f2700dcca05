#pragma once

#include <optional>

#include "core/message/source.h"
#include "core/resilience/rate_pacer.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// The messages of a source, no faster than a rate, for a loop that also waits for other things.
class PacedInput {
 public:
  PacedInput(MessageSource& source, const Context& context) : source_(source), context_(context) {}

  /// The first message is due now. Without a rate every message is due at once.
  void start(const std::optional<double>& rate);

  /// The next message; false when there is none now. Pass the same `out` each time: it may hold a
  /// message that is not yet due. Throws what the source throws, and Interrupted when the input
  /// ended within a message and a stop signal arrived.
  bool next(Outgoing& out);

  /// Whether next() may return a message without waiting.
  [[nodiscard]] bool is_ready() const { return !ended_ && !waits_ && !due_.at(); }
  /// Call before next() after a wait.
  void look_again();
  /// The descriptor to poll for POLLIN; -1 when next() does not wait for input.
  [[nodiscard]] int fd() const { return waits_ ? source_.fd() : -1; }
  /// When the next message is due, or input is no longer waited for; none when next() waits for
  /// neither.
  [[nodiscard]] Deadline due() const { return waits_ ? source_.until() : due_; }

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
  bool held_back_ = false;  // `out` holds a message that is not yet due
  bool ended_ = false;
  bool waits_ = false;
  bool paused_ = false;    // next() has waited for input at least once
  bool was_late_ = false;  // input was waited for since the last message
};

}  // namespace mscomm
