#pragma once

#include <string_view>

#include "core/message/message.h"

namespace mscomm {

/// The properties with which a delivery is published again as the same message for one queue or
/// exchange. What would act on the copy instead of describing it keeps its value under another
/// name:
///
///   user_id       | header x-mscomm-user-id: a broker refuses any user but the one that publishes
///   CC, BCC       | headers x-mscomm-cc, x-mscomm-bcc: a broker would make more copies
///                 | (https://www.rabbitmq.com/docs/sender-selected)
///   x-delivery-count, x-stream-offset | dropped: they are about where the delivery came from
Properties copy_properties(const Properties& original);

/// Sets a header, in the place of all that have its name.
void set_header(Properties& properties, std::string_view name, FieldValue value);

}  // namespace mscomm
