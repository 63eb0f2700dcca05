#pragma once

#include "core/amqp/session_owner.h"
#include "core/consume/consume_plan.h"
#include "core/consume/delivery_handler.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Decides when a run of consuming ends by itself, apart from its count: the queue is empty,
/// nothing came for the idle time, or the command's deadline passed.
class StopRule {
 public:
  /// All that is referred to must outlive this object.
  StopRule(SessionOwner& session, const ConsumePlan& plan, const DeliveryHandler& handler,
           const Context& context)
      : session_(session), plan_(plan), handler_(handler), context_(context) {}

  /// Starts over on a new connection.
  void start();
  void note_delivery() { empty_answers_ = 0; }

  /// Whether the run ends successfully now. `came` says whether deliveries came since the last
  /// call. Throws Error{timeout} when the deadline cuts work off, Error{failed} for a queue that
  /// has messages and delivers none, and as SessionOwner::ask().
  bool is_due(bool came);
  /// When to call is_due() again.
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
