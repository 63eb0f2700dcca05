#pragma once

#include "core/amqp/session_owner.h"
#include "core/message/source.h"
#include "core/publish/publish_plan.h"
#include "core/telemetry/context.h"

namespace mscomm {

class Writer;

/// Publishes everything that `source` gives and waits for the broker's answer to each message.
///
/// Input is read as fast as the broker confirms: at most `window` messages are unanswered. What is
/// there is sent in one write; when the input pauses everything goes out at once. When the
/// connection is lost and may be replaced, what is unanswered is sent again on another one, with
/// the same message ids. `answers` gets a JSON object for each message's outcome, one a line.
/// Failures of the run end up in the report, never as an exception, so that nothing that was sent
/// goes uncounted.
PublishReport publish_all(SessionOwner& session, MessageSource& source, const PublishPlan& plan,
                          const Context& context, Writer* answers = nullptr);

}  // namespace mscomm
