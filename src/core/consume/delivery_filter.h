#pragma once

#include <functional>
#include <memory>

#include "core/consume/delivery_decoder.h"

namespace mscomm {

class Expression;

/// Whether a message is one of those that are asked for. Throws Error when that cannot be told.
using Matches = std::function<bool(const DeliveryRecord& record)>;

/// Those for whose record, with the body also as the JSON that it is, the expression holds.
Matches matches_expression(std::shared_ptr<Expression> expression, DeliveryDecoder decoder);

}  // namespace mscomm
