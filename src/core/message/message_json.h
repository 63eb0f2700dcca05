#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/message/message.h"
#include "core/output/json_writer.h"
#include "core/runtime/clock.h"

namespace mscomm {

/// The lossless message record as `consume --format json` prints it, one compact object without a
/// line end, with the fields of delivery_fields():
///
///   {"exchange":"logs","routing_key":"","queue":"q","properties":{...,"headers":{...}},
///    "body":"text","redelivered":false,"delivery_tag":1,"received_at":"2026-11-22T10:00:00.123Z"}
///
/// A string that is not UTF-8 stands as base64 under its name with the suffix `_base64` (body,
/// routing_key, every string property). Absent properties are absent.
void append_message_json(std::string& out, const Delivery& delivery, std::string_view queue,
                         WallTime received_at);

/// Appends the same record without its body.
void append_envelope_json(std::string& out, const Delivery& delivery, std::string_view queue,
                          WallTime received_at);

/// Writes a header table. Text, boolean, null, nested table and array map to JSON's own;
/// int32 is an integer; int64 is an integer when it does not fit 32 bits; float64 is a number that
/// always shows a fraction or an exponent. Every other value is tagged so that it reads back
/// exactly:
/// `{"$amqp":"timestamp","value":1700000000}`, `{"$amqp":"int64","value":5}`,
/// `{"$amqp":"decimal","scale":2,"value":314}`, `{"$amqp":"bytes","base64":"AP8="}`,
/// `{"$amqp":"longstr","base64":...}` (text that is not UTF-8),
/// `{"$amqp":"float64","bits":"7ff8..."}` (NaN and infinities), and
/// `{"$amqp":"table","entries":[["k",v],...]}` for a table that JSON objects cannot hold: repeated
/// names, a name `$amqp`, or a name that is not UTF-8 (then `{"base64":...}`).
void write_table(JsonWriter& json, const FieldTable& table);

/// One value of such a table.
void write_field(JsonWriter& json, const FieldValue& value);

/// Appends what write_table() writes.
void append_table_json(std::string& out, const FieldTable& table);

/// The inverse. Throws Error{usage} that begins with `where` for JSON that is not a table.
FieldTable table_from_json(const nlohmann::ordered_json& json, const std::string& where);

/// One typed header value from JSON, as `-H k:=JSON` takes it. Throws Error{usage}.
FieldValue field_from_json(std::string_view json, const std::string& where);

/// What one line of `publish --jsonl` asks for. Members that the record lacks are absent.
struct MessageRecord {
  std::optional<std::string> exchange;
  std::optional<std::string> routing_key;
  Properties properties;
  std::string body;
  bool has_body = false;
};

/// Reads a line that append_message_json wrote, or one made by hand. What says where and when the
/// message was received is known and ignored; `json` stands for the body when there is no `body`.
/// Throws Error{usage} that begins with `where` (for example "line 3") and
/// names the member, with a suggestion for a misspelt one.
MessageRecord parse_message_record(std::string_view line, const std::string& where);

}  // namespace mscomm
