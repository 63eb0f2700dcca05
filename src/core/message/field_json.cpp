// Header tables to JSON; table_json.cpp reads them back.

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <vector>

#include "core/message/field_names.h"
#include "core/message/message_json.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

template <class Number>
void append_number(std::string& out, Number number) {
  char text[32];  // 24 characters hold the shortest form of every double and 64-bit integer
  const auto [end, error] = std::to_chars(std::begin(text), std::end(text), number);
  out.append(text, end);
}

// Without a fraction or an exponent it would be read back as an integer; "-0" as 0.
void append_floating(std::string& out, double number) {
  const auto start = out.size();
  append_number(out, number);
  if (out.find_first_of(".e", start) == std::string::npos) {
    out += ".0";
  }
}

void append_bits(std::string& out, std::uint64_t bits, std::size_t digits) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += ",\"bits\":\"";
  for (auto shift = 4 * digits; shift > 0; shift -= 4) {
    out += kHex[(bits >> (shift - 4)) & 0xFU];
  }
  out += "\"}";
}

void append_tag(std::string& out, FieldKind kind) {
  out += "{\"$amqp\":\"";
  out += field_kind_name(kind);
  out += '"';
}

void append_tagged_unsigned(std::string& out, FieldKind kind, std::uint64_t number) {
  append_tag(out, kind);
  out += ",\"value\":";
  append_number(out, number);
  out += '}';
}

void append_tagged_signed(std::string& out, FieldKind kind, std::int64_t number) {
  append_tag(out, kind);
  out += ",\"value\":";
  append_number(out, number);
  out += '}';
}

void append_tagged_base64(std::string& out, FieldKind kind, std::string_view bytes) {
  append_tag(out, kind);
  out += ",\"base64\":\"";
  append_base64(out, bytes);
  out += "\"}";
}

void append_float64(std::string& out, std::uint64_t bits) {
  const auto number = std::bit_cast<double>(bits);
  if (std::isfinite(number)) {
    append_floating(out, number);
    return;
  }
  append_tag(out, FieldKind::float64);
  append_bits(out, bits, 16);
}

void append_float32(std::string& out, std::uint64_t bits) {
  const auto number = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  append_tag(out, FieldKind::float32);
  if (!std::isfinite(number)) {
    append_bits(out, bits, 8);
    return;
  }
  // As a double it is exact; the shortest float form could be rounded twice on its way back.
  out += ",\"value\":";
  append_floating(out, static_cast<double>(number));
  out += '}';
}

void append_integer(std::string& out, FieldKind kind, std::uint64_t data) {
  const auto number = static_cast<std::int64_t>(data);
  const bool small = number >= INT32_MIN && number <= INT32_MAX;
  if (kind == FieldKind::int32 ? small : kind == FieldKind::int64 && !small) {
    append_number(out, number);
  } else {
    append_tagged_signed(out, kind, number);
  }
}

void append_unsigned_kind(std::string& out, FieldKind kind, std::uint64_t data) {
  switch (kind) {
    case FieldKind::boolean:
      if (data <= 1) {
        out += data == 1 ? "true" : "false";
        return;
      }
      break;  // any octet may stand on the wire
    case FieldKind::float32:
      return append_float32(out, data);
    case FieldKind::float64:
      return append_float64(out, data);
    case FieldKind::int8:
    case FieldKind::int16:
    case FieldKind::int32:
    case FieldKind::int64:
      return append_integer(out, kind, data);
    default:
      break;
  }
  append_tagged_unsigned(out, kind, data);
}

void append_value(std::string& out, const FieldValue& value);

void append_array(std::string& out, const FieldArray& array) {
  out += '[';
  for (const auto& item : array) {
    append_value(out, item);
    out += ',';
  }
  if (array.empty()) {
    out += ']';
  } else {
    out.back() = ']';
  }
}

struct ValueWriter {
  std::string& out;
  FieldKind kind;

  void operator()(std::monostate) const { out += "null"; }
  void operator()(std::uint64_t data) const { append_unsigned_kind(out, kind, data); }
  void operator()(const Decimal& decimal) const {
    append_tag(out, kind);
    out += ",\"scale\":";
    append_number(out, unsigned{decimal.scale});
    out += ",\"value\":";
    append_number(out, decimal.value);
    out += '}';
  }
  void operator()(const std::string& bytes) const {
    if (kind == FieldKind::longstr && is_utf8(bytes)) {
      append_json_string(out, bytes);
    } else {
      append_tagged_base64(out, kind, bytes);
    }
  }
  void operator()(const FieldArray& array) const { append_array(out, array); }
  void operator()(const FieldTable& table) const { append_table_json(out, table); }
};

void append_value(std::string& out, const FieldValue& value) {
  std::visit(ValueWriter{out, value.kind}, value.data);
}

bool repeats_a_name(const FieldTable& table) {
  constexpr std::size_t kFew = 16;
  if (table.size() <= kFew) {
    for (std::size_t i = 1; i < table.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (table[i].first == table[j].first) {
          return true;
        }
      }
    }
    return false;
  }
  std::vector<std::string_view> names;
  names.reserve(table.size());
  for (const auto& entry : table) {
    names.emplace_back(entry.first);
  }
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) != names.end();
}

bool fits_a_json_object(const FieldTable& table) {
  const bool plain = std::ranges::all_of(
      table, [](const auto& entry) { return entry.first != "$amqp" && is_utf8(entry.first); });
  return plain && !repeats_a_name(table);
}

void append_entries(std::string& out, const FieldTable& table) {
  append_tag(out, FieldKind::table);
  out += ",\"entries\":[";
  for (const auto& [name, value] : table) {
    out += '[';
    if (is_utf8(name)) {
      append_json_string(out, name);
    } else {
      out += "{\"base64\":\"";
      append_base64(out, name);
      out += "\"}";
    }
    out += ',';
    append_value(out, value);
    out += "],";
  }
  out.back() = ']';  // a table that does not fit an object has an entry
  out += '}';
}

}  // namespace

void append_table_json(std::string& out, const FieldTable& table) {
  if (!fits_a_json_object(table)) {
    append_entries(out, table);
    return;
  }
  out += '{';
  for (const auto& [name, value] : table) {
    append_json_string(out, name);
    out += ':';
    append_value(out, value);
    out += ',';
  }
  if (table.empty()) {
    out += '}';
  } else {
    out.back() = '}';
  }
}

}  // namespace mscomm
