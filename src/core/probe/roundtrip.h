#pragma once

#include "core/amqp/session.h"

namespace mscomm {

struct Context;

/// Sends a message through a temporary queue of its own and takes it back: declared exclusive,
/// published mandatory and with a confirm, compared byte for byte and acknowledged. The session
/// must have publisher confirms on.
///
/// Throws Error: failed when an alarm blocks the connection or when the message is refused,
/// returned or changed; timeout at the deadline; and the errors of the session. Throws Interrupted.
void roundtrip(Session& session, const Deadline& deadline, const Context& context);

/// Closes the connection. A broker blocked by an alarm does not answer the close, so an announced
/// alarm is then Error{failed}.
void close_after_roundtrip(Session& session, const Deadline& deadline);

}  // namespace mscomm
