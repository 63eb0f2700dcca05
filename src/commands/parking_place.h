#pragma once

#include <string>

#include "core/amqp/connector.h"
#include "core/amqp/session_owner.h"
#include "core/consume/parking.h"

namespace mscomm {

/// The connection over which messages are parked, and its queue.
class ParkingPlace {
 public:
  /// How to connect, and what to do about a queue that is missing.
  struct Plan {
    const BrokerOptions& broker;
    std::string connection_name;
    std::string queue;
    bool declares = false;  ///< the queue is made
    bool recovers = true;   ///< a lost connection is replaced
  };

  /// Connects. Throws Error{failed} when there is no such queue and none is to be made, and as
  /// Connector::connect(). All that is referred to must outlive this object.
  ParkingPlace(const Plan& plan, const Context& context);

  [[nodiscard]] Parking& parking() { return parking_; }
  void close(const Deadline& deadline) { parking_.close(deadline); }

 private:
  void prepare(Session& session, const std::string& queue, bool declares);

  bool prepared_ = false;
  Connector connector_;
  SessionOwner session_;
  Parking parking_;
};

}  // namespace mscomm
