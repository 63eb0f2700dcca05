#pragma once

#include <functional>
#include <memory>

#include "core/consume/delivery_decoder.h"

namespace mscomm {

class Expression;

/// Whether the filter selects a message. Throws Error when it cannot be evaluated.
using Matches = std::function<bool(const DeliveryRecord& record)>;

/// Selects messages for which the expression holds. Its input is the message's record; a JSON body
/// is in it as JSON too.
Matches matches_expression(std::shared_ptr<Expression> expression, DeliveryDecoder decoder);

}  // namespace mscomm
