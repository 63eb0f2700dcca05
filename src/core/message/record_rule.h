#pragma once

#include <functional>
#include <string>

#include "core/message/message_record.h"

namespace mscomm {

/// Checks or changes a record before the source hands it out. Throws Error{usage} that begins with
/// `where`.
using RecordRule = std::function<void(MessageRecord& record, const std::string& where)>;

/// A RecordRule for dead letters: sends the message to the exchange and routing key from which it
/// was last dead-lettered, the first entry of the header x-death
/// (https://www.rabbitmq.com/docs/dlx#effects). Throws for a message that is no dead letter.
void aim_at_origin(MessageRecord& record, const std::string& where);

/// A RecordRule: the record itself must name the message's target.
void require_target(MessageRecord& record, const std::string& where);

}  // namespace mscomm
