#pragma once

#include <functional>
#include <string>

#include "commands/options/consume_options.h"
#include "core/amqp/connector.h"

namespace mscomm {

/// Where messages come from.
struct ConsumeSource {
  const BrokerOptions& broker;
  std::string connection_name;
  /// Declares missing topology and returns the queue's name; called for each connection.
  std::function<std::string(Session&)> prepare;
};

/// Connects, consumes as the settled options say, reports on stderr and returns the exit code. For
/// `consume` and `fanout --listen`.
Exit run_consume(const ConsumeSource& source, ConsumeOptions& options, const Context& context);

}  // namespace mscomm
