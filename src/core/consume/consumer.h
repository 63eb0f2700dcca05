#pragma once

#include "core/amqp/session_owner.h"
#include "core/consume/consume_plan.h"
#include "core/consume/delivery_filter.h"
#include "core/consume/delivery_handler.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Consumes as the plan says, and gives each message that is asked for to the handler; without
/// `matches` each is.
///
/// A message is settled (unless the plan says otherwise) only after the handler has decided about
/// it. While it works, heartbeats go on. Where the session replaces a lost connection, everything
/// that was not settled comes again over another one. Failures end up in the report, never as an
/// exception.
ConsumeReport consume_all(SessionOwner& session, const ConsumePlan& plan, DeliveryHandler& handler,
                          const Context& context, const Matches& matches = {});

}  // namespace mscomm
