#pragma once

#include "core/amqp/session_owner.h"
#include "core/consume/consume_plan.h"
#include "core/consume/delivery_handler.h"
#include "core/consume/settling.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Decides whether a run of consuming can go on after its connection or its consumer ended, and
/// moves it to another connection.
class Recovery {
 public:
  /// All that is referred to must outlive this object.
  Recovery(SessionOwner& session, const ConsumePlan& plan, Settling& settling,
           DeliveryHandler& handler, const Context& context)
      : session_(session), plan_(plan), settling_(settling), handler_(handler), context_(context) {}

  /// The session is closed. Throws ConnectionLost when another one may go on, otherwise the error
  /// that closed it.
  [[noreturn]] static void on_closed(const Closed& closed);
  /// The broker ended the consumer. Throws an Error when the queue was deleted. When the queue
  /// exists but has lost its leader's node, throws ConnectionLost if sessions are replaced, or else
  /// an Error.
  [[noreturn]] void on_cancelled();

  /// Replaces the session. Unsettled messages come again, so they no longer count as taken. Throws
  /// `lost` if sessions are not replaced, and as SessionOwner::replace().
  void resume(const ConnectionLost& lost);

 private:
  SessionOwner& session_;
  const ConsumePlan& plan_;
  Settling& settling_;
  DeliveryHandler& handler_;
  const Context& context_;
};

}  // namespace mscomm
