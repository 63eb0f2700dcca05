#include "commands/parking_place.h"

#include <fmt/format.h>

#include <utility>

#include "core/amqp/topology.h"

namespace mscomm {

ParkingPlace::ParkingPlace(const Plan& plan, const Context& context)
    : connector_(plan.broker, publishing_options(plan.connection_name, "parks"), context,
                 [this, queue = plan.queue, declares = plan.declares](Session& session) {
                   prepare(session, queue, declares);
                 }),
      session_(connector_, plan.recovers),
      parking_(session_, plan.queue, context) {}

// Later a copy that no queue takes comes back, which costs no message.
void ParkingPlace::prepare(Session& session, const std::string& queue, bool declares) try {
  if (std::exchange(prepared_, true)) {
    return;
  }
  if (declares) {
    ensure_queue(session, {queue, QueueKind::any, {}});
  } else {
    look_up_queue_if_permitted(session, queue);
  }
} catch (const ChannelRefusal& refusal) {
  if (!is_no_queue(refusal)) {
    throw;
  }
  throw Error(Exit::failed, fmt::format("--park: there is no queue '{}'", queue),
              "--declare makes it, too");
}

}  // namespace mscomm
