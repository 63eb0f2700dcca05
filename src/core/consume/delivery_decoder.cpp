#include "core/consume/delivery_decoder.h"

#include <fmt/format.h>

namespace mscomm {

void DeliveryDecoder::name(Error& error, const DeliveryRecord& record) const {
  // The broker counts the deliveries of a channel from 1, and so does a reader of the output.
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
