#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/amqp/listener_topology.h"
#include "core/amqp/topology.h"

namespace mscomm {

/// How a command declares and binds its queue before it uses it.
struct TopologyOptions {
  bool declare = false;           ///< create the queue if it is missing
  std::optional<QueueKind> kind;  ///< if the user named one
  FieldTable queue_arguments;
  std::optional<std::string> exchange_type;  ///< create missing exchanges of this type
  std::vector<std::string> bindings;         ///< EXCHANGE:KEY, or EXCHANGE for everything
};

/// Declares the queue if the options ask for it, binds it, and returns its name. An empty name
/// makes a temporary queue of this connection. Throws as ensure_queue() does. `own` is for a queue
/// that goes with its connection, so that the exchanges made for it go, too; otherwise nullptr.
std::string prepare_queue(Session& session, const std::string& name, const TopologyOptions& options,
                          ListenerTopology* own, const Log& log);

}  // namespace mscomm
