#pragma once

#include "core/amqp/listener_topology.h"
#include "core/amqp/session_owner.h"
#include "core/consume/consume_plan.h"
#include "core/consume/delivery_filter.h"
#include "core/consume/delivery_handler.h"
#include "core/consume/return_guard.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Consumes as the plan says, and gives the handler each message that `matches`; without it, all.
///
/// A message is settled (unless the plan says otherwise) only after the handler has decided about
/// it. `guard` cares for messages that go back to a quorum queue. Heartbeats go on while the
/// handler works. If `session` replaces a lost connection, all unsettled messages come again over
/// the new one. What `own` has made goes at the end. Failures end up in the report, never as an
/// exception.
ConsumeReport consume_all(SessionOwner& session, const ConsumePlan& plan, DeliveryHandler& handler,
                          const Context& context, const Matches& matches = {},
                          ReturnGuard* guard = nullptr, ListenerTopology* own = nullptr);

}  // namespace mscomm
