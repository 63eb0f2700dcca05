#pragma once

#include <functional>
#include <string>

#include "core/message/message_json.h"

namespace mscomm {

/// What is asked of a record, or changed in it, before it is handed out. Throws Error{usage} that
/// begins with `where`.
using RecordRule = std::function<void(MessageRecord& record, const std::string& where)>;

/// A RecordRule: the message, which must be a dead letter, goes to the exchange and with the
/// routing key that it last had before it was dead-lettered: the first entry of the header x-death
/// (https://www.rabbitmq.com/docs/dlx#effects).
void aim_at_origin(MessageRecord& record, const std::string& where);

/// A RecordRule: the record says itself where the message goes.
void require_target(MessageRecord& record, const std::string& where);

}  // namespace mscomm
