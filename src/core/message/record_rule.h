#pragma once

#include <functional>
#include <string>

#include "core/message/dead_letter.h"
#include "core/message/message_record.h"

namespace mscomm {

/// Checks or changes a record before the source hands it out. Throws Error{usage} that begins with
/// `where`.
using RecordRule = std::function<void(MessageRecord& record, const std::string& where)>;

/// A RecordRule for dead letters: sends the message to where it was before that death, see
/// origin_of() and begin_anew(). Throws for a message that is no dead letter.
RecordRule aim_at_origin(Death which);

/// A RecordRule: the record itself must name the message's target.
void require_target(MessageRecord& record, const std::string& where);

}  // namespace mscomm
