#pragma once

#include "core/amqp/connector.h"
#include "core/amqp/topology.h"

namespace CLI {
class App;
}

namespace mscomm {

/// Adds -u/--url and what else concerns the connection to a broker, TLS included.
void bind_broker_options(CLI::App& app, BrokerOptions& options);

/// Adds --on-loss with the words in `recover` for going on, and fail. `help` says what they do.
void bind_loss_option(CLI::App& app, bool& recovers, const std::vector<std::string>& recover,
                      const std::string& help);

/// What `--declare`, `--queue-arg`, `--declare-exchange` and `--bind` ask for.
struct TopologyOptions {
  bool declare = false;
  std::optional<QueueKind> kind;
  FieldTable queue_arguments;
  std::optional<std::string> exchange_type;
  std::vector<std::string> bindings;  ///< EXCHANGE or EXCHANGE:KEY
};

void bind_topology_options(CLI::App& app, TopologyOptions& options);

/// Declares the queue as asked (only looks it up when --declare was not given and something is to
/// be bound) and binds it. An empty name with bindings is a temporary queue of this connection.
/// Returns the queue's name. Throws what ensure_queue() throws.
std::string prepare_queue(Session& session, const std::string& name,
                          const TopologyOptions& options);

/// `x-max-length=1`: an integer or a boolean where the value reads as one, text otherwise.
void add_queue_argument(FieldTable& table, const std::string& text, const std::string& what);

}  // namespace mscomm
