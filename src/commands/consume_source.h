#pragma once

#include <functional>
#include <string>

#include "core/amqp/connector.h"

namespace mscomm {

/// Where messages come from.
struct ConsumeSource {
  const BrokerOptions& broker;
  std::string connection_name;
  /// Declares missing topology and returns the queue's name; called for each connection.
  std::function<std::string(Session&)> prepare;
  bool declares = false;  ///< a queue that is missing is made
};

}  // namespace mscomm
