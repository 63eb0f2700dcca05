#pragma once

#include "core/amqp/session_owner.h"
#include "core/consume/consume_plan.h"
#include "core/consume/delivery_handler.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// When a run of consuming ends by itself, other than by its count: the queue is empty, nothing
/// came for long enough, or the command's deadline passed.
class StopRule {
 public:
  /// All that is referred to outlives this.
  StopRule(SessionOwner& session, const ConsumePlan& plan, const DeliveryHandler& handler,
           const Context& context)
      : session_(session), plan_(plan), handler_(handler), context_(context) {}

  /// A connection is there.
  void start();
  void note_delivery() { empty_answers_ = 0; }

  /// Whether the run ends well now. `came` is whether anything did since the last time. Throws
  /// Error{timeout} where the deadline cuts something off, Error{failed} for a queue that has
  /// messages and delivers none, and as SessionOwner::ask().
  bool is_due(bool came);
  /// When to look again.
  [[nodiscard]] Deadline wake_at() const;

 private:
  [[nodiscard]] bool deadline_ends(TimePoint now) const;
  bool queue_is_empty();

  SessionOwner& session_;
  const ConsumePlan& plan_;
  const DeliveryHandler& handler_;
  const Context& context_;
  TimePoint last_delivery_;
  int empty_answers_ = 0;
};

}  // namespace mscomm
