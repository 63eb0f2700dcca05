#pragma once

#include <functional>
#include <string>

#include "core/amqp/session_owner.h"
#include "core/consume/settling.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Waits until nothing is on its way to the run's consumers, before they end: what then comes to a
/// consumer of a quorum queue that is gone goes back unseen, and the queue counts that as a failed
/// delivery (rabbit_fifo_client:handle_delivery/3 at v3.10.8 and v4.0.5). Nothing is on its way
/// when each window is full, as nothing is settled meanwhile, or when the queue has no more.
///
/// `take` takes the session's events, and says whether any came. Gives up at the deadline: the
/// broker may not answer, or send what the queue has to another consumer, the active one. Throws as
/// SessionOwner::ask(), and what `take` throws.
void await_calm(SessionOwner& session, const Settling& settling, const std::string& queue,
                const std::function<bool()>& take, const Deadline& until, const Context& context);

}  // namespace mscomm
