#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/message/message.h"
#include "core/runtime/clock.h"

namespace mscomm {

/// The lossless message record of `consume --format json`: one compact object without a line end,
/// with the fields of delivery_fields():
///
///   {"exchange":"logs","routing_key":"","queue":"q","properties":{...,"headers":{...}},
///    "body":"text","redelivered":false,"delivery_tag":1,"received_at":"2026-11-22T10:00:00.123Z"}
///
/// A string that is not UTF-8 is written as base64 under its name with the suffix `_base64` (body,
/// routing_key, every string property). Absent properties are left out.
void append_message_json(std::string& out, const Delivery& delivery, std::string_view queue,
                         WallTime received_at);

/// Appends the same record without its body.
void append_envelope_json(std::string& out, const Delivery& delivery, std::string_view queue,
                          WallTime received_at);

/// One line of `publish --jsonl`. Members that the line lacks are absent.
struct MessageRecord {
  std::optional<std::string> exchange;
  std::optional<std::string> routing_key;
  Properties properties;
  std::string body;
  bool has_body = false;
};

/// Reads a line written by append_message_json() or by hand. Members about where and when the
/// message was received are accepted and ignored; `json` is the body when there is no `body`.
/// Throws Error{usage} that begins with `where` (for example "line 3") and names the member, with a
/// suggestion for a misspelt one.
MessageRecord parse_message_record(std::string_view line, const std::string& where);

}  // namespace mscomm
