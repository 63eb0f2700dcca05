#pragma once

#include <optional>
#include <string_view>

#include "core/message/message.h"

namespace mscomm {

/// Which death of a dead letter says where it was: a message may die several times, as in a retry
/// by way of a queue with a time to live.
enum class Death {
  first,  ///< where it was published to
  last,   ///< where it came from into the queue that it is in
};

/// Where a dead letter was published to before that death, by the header x-death
/// (https://www.rabbitmq.com/docs/dlx#effects): its exchange and routing key. A message to the
/// default exchange, or with several keys (CC), goes to the queue where it died: which of the keys
/// led there is not known. Nothing for a message that is no dead letter.
std::optional<Route> origin_of(const Properties& properties, Death which);

/// Whether the message was dead-lettered from this queue.
bool has_died_in(const Properties& properties, std::string_view queue);

/// Makes a dead letter fit to go back to where it died: it begins anew. Up to RabbitMQ 3.12 an
/// x-death that a publisher sends goes on counting, and a message that expires on its way to a
/// queue that is named in it is dropped as one in a cycle, without a word. So x-death is renamed to
/// x-mscomm-death, the broker's summaries of it are dropped, and x-mscomm-returns counts the
/// returns.
void begin_anew(Properties& properties);

/// Makes the properties of a delivery fit for a copy of it: what the broker added about the
/// original is dropped (x-delivery-count, x-stream-offset), and what it would act on is kept under
/// another name. CC and BCC would send the copy to further queues
/// (https://www.rabbitmq.com/docs/sender-selected) and become x-mscomm-cc and x-mscomm-bcc. A
/// user_id other than `user`, who publishes the copy, would be refused
/// (https://www.rabbitmq.com/docs/validated-user-id) and becomes the header x-mscomm-user-id.
void detach_copy(Properties& properties, const std::optional<std::string>& user);

}  // namespace mscomm
