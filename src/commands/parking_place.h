#pragma once

#include "commands/consume_run.h"
#include "core/amqp/session_owner.h"
#include "core/consume/parking.h"

namespace mscomm {

/// The connection over which messages are parked, and its queue.
class ParkingPlace {
 public:
  /// Connects. Throws Error{failed} when there is no such queue and the source makes none, and as
  /// Connector::connect(). All that is referred to must outlive this object.
  ParkingPlace(const ConsumeSource& source, const std::string& queue, bool recovers,
               const Context& context);

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
