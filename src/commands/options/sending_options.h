#pragma once

#include <optional>
#include <string>

#include "commands/options/message_options.h"
#include "core/amqp/connector.h"
#include "core/publish/publisher.h"

namespace CLI {
class App;
}

namespace mscomm {

/// How messages are sent and what is said about it; shared by `publish` and `fanout`.
struct SendingOptions {
  PublishPlan plan;
  bool recovers = true;        ///< sends again on another connection what was not answered
  bool lists_answers = false;  ///< one JSON line a message on stdout

  /// Throws Error{usage} for contradictions.
  void validate() const;
};

/// Adds --no-confirm, --no-mandatory, --window, --confirm-timeout, --rate and --report.
void bind_sending_options(CLI::App& app, SendingOptions& options);

/// Sends all messages through a session of the connector's, reports on stderr and returns the exit
/// code.
Exit run_sending(Connector& connector, MessageSource& source, const SendingOptions& options,
                 const Context& context);

}  // namespace mscomm
