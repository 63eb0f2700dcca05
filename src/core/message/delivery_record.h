#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/message/message.h"
#include "core/output/record.h"
#include "core/runtime/clock.h"

namespace mscomm {

/// A delivery and its properties, for output. A large body may be in `delivery.file` instead of
/// `delivery.body`; has_body must be false then, and a field that is computed from the body is
/// absent in JSON.
struct DeliveryRecord {
  const Delivery& delivery;
  std::string_view queue;
  WallTime received_at;
  bool has_body = true;             ///< in JSON; a saved message has its body in its own file
  bool is_for_expressions = false;  ///< headers are plain, see write_plain_table()
};

/// The fields of the message record. parse_message_record() reads this table too, so that
/// `publish --jsonl` accepts every member that `consume` writes.
std::span<const Field<DeliveryRecord>> delivery_fields();

/// Appends the lossless record of `consume --format json`: one compact object without a line end,
///
///   {"exchange":"logs","routing_key":"","queue":"q","properties":{...,"headers":{...}},
///    "body":"text","redelivered":false,"delivery_tag":1,"received_at":"2026-11-22T10:00:00.123Z"}
///
/// A string that is not UTF-8 is written as base64 under its name with the suffix `_base64` (body,
/// routing_key, every string property). Absent properties are left out.
void append_delivery_json(std::string& out, const DeliveryRecord& record, const Pause& pause = {});

/// Appends the record for people: a line about the message, then the body with control characters
/// made visible.
void append_delivery_text(std::string& out, const DeliveryRecord& record, const Pause& pause = {});

}  // namespace mscomm
