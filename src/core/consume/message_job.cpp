#include "core/consume/message_job.h"

#include <fmt/format.h>

namespace mscomm {

MessageJob::MessageJob(const DeliveryRecord& record)
    : delivery_tag(record.delivery.delivery_tag),
      redelivered(record.delivery.redelivered),
      exchange(record.delivery.exchange),
      routing_key(record.delivery.routing_key),
      queue(record.queue),
      properties(*record.delivery.properties),
      body(record.delivery.body),
      received_at(record.received_at) {}

Delivery MessageJob::delivery() const {
  return {{}, delivery_tag, redelivered, exchange, routing_key, &properties, body};
}

std::string MessageJob::name() const {
  return properties.message_id
             ? fmt::format("message {} ('{}')", delivery_tag, *properties.message_id)
             : fmt::format("message {}", delivery_tag);
}

}  // namespace mscomm
