#pragma once

#include <functional>
#include <string>

#include "core/amqp/connector.h"
#include "core/amqp/listener_topology.h"

namespace mscomm {

/// Where messages come from.
struct ConsumeSource {
  const BrokerOptions& broker;
  std::string connection_name;
  /// Declares missing topology and returns the queue's name; called for each connection. What is
  /// made by way of the ListenerTopology goes with the run.
  std::function<std::string(Session&, ListenerTopology&)> prepare;
  bool declares = false;  ///< a queue that is missing is made
};

}  // namespace mscomm
