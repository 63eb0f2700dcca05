#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/message/message.h"
#include "core/output/record.h"
#include "core/runtime/clock.h"

namespace mscomm {

/// A delivery, which has its properties, as output sees it.
struct DeliveryRecord {
  const Delivery& delivery;
  std::string_view queue;
  WallTime received_at;
  bool has_body = true;  ///< in JSON; a saved message has it in a file of its own
};

/// The fields of the message record. In JSON it is lossless (message_json.h); that what `consume`
/// writes there is what `publish --jsonl` reads, message_input.cpp learns from this table too.
std::span<const Field<DeliveryRecord>> delivery_fields();

/// Appends the record for people: a line about the message, then the body, control characters made
/// visible.
void append_delivery_text(std::string& out, const DeliveryRecord& record);

}  // namespace mscomm
