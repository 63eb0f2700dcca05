#pragma once

#include <string>
#include <string_view>

#include "core/runtime/error.h"

namespace mscomm {

/// The error for a channel.close or connection.close from the broker.
///
///   code                          | reason
///   ------------------------------|-------------
///   403                           | denied
///   530 with "refused for user"   | denied (the virtual host exists, the user may not enter)
///   320                           | unreachable (the connection was forced closed)
///   503 "unknown exchange type"   | failed
///   501, 502, 503, 504, 505       | failed (the peer says that we broke the protocol)
///   any with "Malformed UTF-8"    | usage (in a name that the user gave)
///   all others                    | failed
///
/// `text` is the broker's, for example "NOT_FOUND - no queue 'q' in vhost '/'"; the message turns
/// it round: "no queue 'q' in vhost '/' (404 NOT_FOUND)".
Error broker_error(int code, std::string_view text);

/// The error for a consumer timeout that is no channel.close: one of the messages of this run was
/// not acknowledged for too long (BrokerVersion::consumer_timeout_is_cancel()).
Error consumer_timeout_error(const std::string& queue);

/// The name between single quotes after `label` in the broker's text: quoted_after("... no exchange
/// 'logs' in ...", "no exchange") is "logs"; empty when there is none.
std::string quoted_after(std::string_view text, std::string_view label);

}  // namespace mscomm
