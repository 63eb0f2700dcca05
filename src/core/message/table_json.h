#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "core/message/field_table.h"
#include "core/output/json_writer.h"

namespace mscomm {

/// Writes a header table. Text, boolean, null, nested table and array map to JSON's own types;
/// int32 is an integer; int64 is an integer when it does not fit 32 bits; float64 is a number that
/// always has a fraction or an exponent. Every other value is tagged so that it reads back exactly:
/// `{"$amqp":"timestamp","value":1700000000}`, `{"$amqp":"int64","value":5}`,
/// `{"$amqp":"decimal","scale":2,"value":314}`, `{"$amqp":"bytes","base64":"AP8="}`,
/// `{"$amqp":"longstr","base64":...}` (text that is not UTF-8),
/// `{"$amqp":"float64","bits":"7ff8..."}` (NaN and infinities), and
/// `{"$amqp":"table","entries":[["k",v],...]}` for a table that JSON objects cannot hold: repeated
/// names, a name `$amqp`, or a name that is not UTF-8 (then `{"base64":...}`).
void write_table(JsonWriter& json, const FieldTable& table);

/// One value of such a table.
void write_field(JsonWriter& json, const FieldValue& value);

/// Writes a header table for expressions, in which only plain values can be compared: every number
/// is a number, whatever its type, and bytes that are text are a string. Not to be read back. What
/// JSON has no form for is written as write_table() does: other bytes, NaN and infinities. Of names
/// that are repeated the last counts.
void write_plain_table(JsonWriter& json, const FieldTable& table);

/// Appends the table as write_table() writes it.
void append_table_json(std::string& out, const FieldTable& table);

/// The inverse of write_table(). Throws Error{usage} that begins with `where` for JSON that is not
/// a table.
FieldTable table_from_json(const nlohmann::ordered_json& json, const std::string& where);

/// One typed header value from JSON, as `-H k:=JSON` takes it. Throws Error{usage}.
FieldValue field_from_json(std::string_view json, const std::string& where);

}  // namespace mscomm
