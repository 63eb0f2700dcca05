#pragma once

#include <functional>

#include "core/amqp/listener_topology.h"
#include "core/amqp/session_owner.h"
#include "core/consume/consume_plan.h"
#include "core/consume/delivery_filter.h"
#include "core/consume/delivery_handler.h"
#include "core/consume/return_guard.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// What else takes part in a run.
struct ConsumeHooks {
  ReturnGuard* guard = nullptr;     ///< cares for messages that go back to a quorum queue
  ListenerTopology* own = nullptr;  ///< what it has made goes at the end
  /// Called when the broker has accepted the consumer, on each connection, before the first message
  /// is handled.
  std::function<void()> begin = {};
};

/// Consumes as the plan says, and gives the handler each message that `matches`; without it, all.
///
/// A message is settled (unless the plan says otherwise) only after the handler has decided about
/// it. Heartbeats go on while the handler works. If `session` replaces a lost connection, all
/// unsettled messages come again over the new one. Failures end up in the report, never as an
/// exception.
ConsumeReport consume_all(SessionOwner& session, const ConsumePlan& plan, DeliveryHandler& handler,
                          const Context& context, const Matches& matches = {},
                          const ConsumeHooks& hooks = {});

}  // namespace mscomm
