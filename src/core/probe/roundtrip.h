#pragma once

#include "core/amqp/session.h"

namespace mscomm {

struct Context;

/// Sends a message through a temporary queue of its own and takes it back: declared exclusive,
/// published mandatory and with a confirm, compared byte for byte and acknowledged. The session
/// must have publisher confirms on.
///
/// Throws Error: failed when an alarm blocks the connection, when the message is refused, returned
/// or changed, timeout at the deadline, and what the session throws; Interrupted.
void roundtrip(Session& session, const Deadline& deadline, const Context& context);

/// Says goodbye and looks whether an alarm was announced after all: a broker that is blocked
/// answers no close. Throws Error{failed} then.
void close_after_roundtrip(Session& session, const Deadline& deadline);

}  // namespace mscomm
