#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "core/consume/delivery_decoder.h"

namespace mscomm {

class Expression;

/// Whether the filter selects a message. Throws Error when it cannot be evaluated.
using Matches = std::function<bool(const DeliveryRecord& record)>;

/// Selects messages for which the expression holds. Its input is the message's record; a JSON body
/// is in it as JSON too, unless it nests deeper than jq reads. Without `reads_body` no body is in
/// it.
Matches matches_expression(std::shared_ptr<Expression> expression, bool reads_body,
                           DeliveryDecoder decoder);

/// Whether a jq program may read the body in such a record; see may_read().
bool reads_message_body(std::string_view program);

}  // namespace mscomm
