#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/message/message.h"
#include "core/output/record.h"
#include "core/runtime/clock.h"

namespace mscomm {

/// A delivery and its properties, for output.
struct DeliveryRecord {
  const Delivery& delivery;
  std::string_view queue;
  WallTime received_at;
  bool has_body = true;  ///< in JSON; a saved message has its body in its own file
};

/// The fields of the message record. Its JSON is lossless (message_json.h). message_input.cpp reads
/// this table too, so that `publish --jsonl` accepts every member that `consume` writes.
std::span<const Field<DeliveryRecord>> delivery_fields();

/// Appends the record for people: a line about the message, then the body with control characters
/// made visible.
void append_delivery_text(std::string& out, const DeliveryRecord& record);

}  // namespace mscomm
