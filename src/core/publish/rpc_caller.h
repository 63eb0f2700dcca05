#pragma once

#include <cstdint>
#include <optional>

#include "core/amqp/session_owner.h"
#include "core/message/source.h"
#include "core/publish/publisher.h"
#include "core/telemetry/context.h"

namespace mscomm {

class Writer;

/// How long a reply may take when the command has no deadline.
inline constexpr Duration kReplyTimeout = std::chrono::seconds(30);

struct RpcReport {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::optional<Error> error;  ///< what ended the run early; in_doubt when the broker may have the
                               ///< request, or a service may be handling it
  bool interrupted = false;
};

/// Sends each message of `source` as a request and writes the body of its reply, byte for byte, to
/// `output`, followed by a newline unless it is the only one. One request is under way at a time.
///
/// Replies come through RabbitMQ's direct reply-to (https://www.rabbitmq.com/docs/direct-reply-to)
/// and are matched by correlation id. A request that is unroutable, refused, or not answered in
/// time ends the run.
RpcReport call_all(SessionOwner& session, MessageSource& source, const PublishPlan& plan,
                   Writer& output, const Context& context);

}  // namespace mscomm
