#pragma once

#include "core/amqp/session_owner.h"
#include "core/consume/consume_plan.h"
#include "core/consume/delivery_handler.h"
#include "core/consume/settling.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// What the end of a connection or of a consumer means for a run of consuming, and how it goes on
/// over another connection.
class Recovery {
 public:
  /// All that is referred to outlives this.
  Recovery(SessionOwner& session, const ConsumePlan& plan, Settling& settling,
           DeliveryHandler& handler, const Context& context)
      : session_(session), plan_(plan), settling_(settling), handler_(handler), context_(context) {}

  /// The session is closed. Throws ConnectionLost when another one may go on, or what closed it.
  [[noreturn]] static void on_closed(const Closed& closed);
  /// The broker ended the consumer: the queue was deleted, which is thrown as an Error, or it is
  /// there and has lost the node that led it, which is ConnectionLost where sessions are replaced.
  [[noreturn]] void on_cancelled();

  /// Replaces the session. What was not settled comes again, so nothing that belongs to it counts
  /// any more. Throws what was lost where sessions are not replaced, and as
  /// SessionOwner::replace().
  void resume(const ConnectionLost& lost);

 private:
  SessionOwner& session_;
  const ConsumePlan& plan_;
  Settling& settling_;
  DeliveryHandler& handler_;
  const Context& context_;
};

}  // namespace mscomm
