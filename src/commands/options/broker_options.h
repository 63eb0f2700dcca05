#pragma once

#include "core/amqp/connector.h"
#include "core/amqp/prepared_queue.h"

namespace mscomm {

class CommandLine;
class OptionGroup;

/// Adds -u/--url and the other options of a connection to a broker, TLS included.
void bind_broker_options(CommandLine& line, BrokerOptions& options);

/// Adds --management-url.
void bind_management_option(OptionGroup& group, std::string& url);

/// Adds --on-loss: the words in `recover` reconnect, `fail` ends the run. `help` explains them.
void bind_loss_option(CommandLine& line, bool& recovers, const std::vector<std::string>& recover,
                      const std::string& help);

/// Adds --declare, --queue-arg, --declare-exchange and --bind.
void bind_topology_options(CommandLine& line, TopologyOptions& options);

}  // namespace mscomm
