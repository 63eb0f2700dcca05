#pragma once

#include "core/amqp/session_owner.h"
#include "core/message/source.h"
#include "core/publish/publish_plan.h"
#include "core/telemetry/context.h"

namespace mscomm {

class ResumeFile;
class Writer;

/// Publishes every message of `source` and waits for the broker's answer to each.
///
/// Input is read as fast as the broker confirms: at most `window` messages are unanswered. Messages
/// that are ready go out in one write; when the input pauses, everything buffered is sent at once.
/// When a connection is lost and may be replaced, unanswered messages are sent again on another one
/// with the same message ids. `answers` gets a JSON object for each message's outcome, one a line;
/// `resume` is told what is sent and what becomes of it.
/// A failure of the run is in the report, never an exception, so that every sent message is
/// counted.
PublishReport publish_all(SessionOwner& session, MessageSource& source, const PublishPlan& plan,
                          const Context& context, Writer* answers = nullptr,
                          ResumeFile* resume = nullptr);

}  // namespace mscomm
