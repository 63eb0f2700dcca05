#include "core/consume/delivery_decoder.h"

#include <fmt/format.h>

namespace mscomm {

void DeliveryDecoder::name(Error& error, const DeliveryRecord& record) const {
  // Delivery tags count from 1 on a channel, as a reader of the output counts messages.
  auto name = fmt::format("message {} of queue '{}'", record.delivery.delivery_tag, record.queue);
  if (const auto& id = record.delivery.properties->message_id) {
    name += fmt::format(" (id '{}')", *id);
  }
  error.add_context(name).add_hint(
      ack_ == AckMode::automatic
          ? "it is lost: --ack auto acknowledged it on receipt"
          : "it is not acknowledged; look at it with --peek -n 1 --format json");
}

}  // namespace mscomm
