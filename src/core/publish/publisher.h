#pragma once

#include <functional>
#include <memory>

#include "core/amqp/session.h"
#include "core/message/source.h"
#include "core/publish/publish_plan.h"
#include "core/telemetry/context.h"

namespace mscomm {

class Writer;

/// What a run may use besides its session.
struct PublishAids {
  /// Another session in place of a lost one, as Connector::reconnect() gives it. Without it a lost
  /// connection ends the run.
  std::function<std::unique_ptr<Session>(bool fruitful)> reconnect;
  /// Gets a JSON object for each message's outcome, one a line.
  Writer* answers = nullptr;
};

/// Publishes everything that `source` gives and waits for the broker's answer to each message.
///
/// Input is read as fast as the broker confirms: at most `window` messages are unanswered. What is
/// there is sent in one write; when the input pauses everything goes out at once. When the
/// connection is lost, what is unanswered is sent again on another one, with the same message ids.
/// Failures of the run end up in the report, never as an exception, so that nothing that was sent
/// goes uncounted.
PublishReport publish_all(Session& session, MessageSource& source, const PublishPlan& plan,
                          const Context& context, const PublishAids& aids = {});

}  // namespace mscomm
