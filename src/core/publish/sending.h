#pragma once

#include "core/amqp/connector.h"
#include "core/publish/publisher.h"

namespace mscomm {

/// How a command sends, and how much it says about it.
struct Sending {
  PublishPlan plan;
  bool recovers = true;  ///< sends again on another connection what was not answered
  /// The file that is given a JSON line for each message; `-` is stdout.
  std::optional<std::string> report = {};
};

/// Sends all messages through a session of the connector's, says on stderr how the run ended and
/// returns the exit code. Throws what Connector::connect() throws, since nothing is sent then.
Exit run_sending(Connector& connector, MessageSource& source, const Sending& sending,
                 const Context& context);

}  // namespace mscomm
