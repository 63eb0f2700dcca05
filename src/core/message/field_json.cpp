// Header tables to JSON; table_json.cpp reads them back.

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <vector>

#include "core/message/field_names.h"
#include "core/message/table_json.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

// Without a fraction or an exponent it would read back as an integer, "-0" as 0.
void write_floating(JsonWriter& json, double number) {
  char text[32];  // 24 characters hold the shortest form of every double
  auto* end = std::to_chars(std::begin(text), std::end(text), number).ptr;
  if (std::string_view(text, end).find_first_of(".e") == std::string_view::npos) {
    *end++ = '.';
    *end++ = '0';
  }
  json.raw({text, end});
}

JsonWriter& begin_tagged(JsonWriter& json, FieldKind kind) {
  return json.begin_object().member("$amqp", field_kind_name(kind));
}

template <class T>
void write_tagged(JsonWriter& json, FieldKind kind, T value) {
  begin_tagged(json, kind).member("value", value).end_object();
}

void write_bits(JsonWriter& json, FieldKind kind, std::uint64_t bits, std::size_t digits) {
  constexpr std::string_view kHex = "0123456789abcdef";
  char text[16];
  for (std::size_t i = 0; i < digits; ++i) {
    text[i] = kHex[(bits >> (4 * (digits - 1 - i))) & 0xFU];
  }
  begin_tagged(json, kind).member("bits", std::string_view(text, digits)).end_object();
}

void write_float64(JsonWriter& json, std::uint64_t bits) {
  const auto number = std::bit_cast<double>(bits);
  if (std::isfinite(number)) {
    write_floating(json, number);
  } else {
    write_bits(json, FieldKind::float64, bits, 16);
  }
}

void write_float32(JsonWriter& json, std::uint64_t bits) {
  const auto number = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  if (!std::isfinite(number)) {
    write_bits(json, FieldKind::float32, bits, 8);
    return;
  }
  // Exact as a double; the shortest form of the float could be rounded twice when read back.
  begin_tagged(json, FieldKind::float32).key("value");
  write_floating(json, static_cast<double>(number));
  json.end_object();
}

void write_signed(JsonWriter& json, FieldKind kind, std::uint64_t data) {
  const auto number = static_cast<std::int64_t>(data);
  const bool small = number >= INT32_MIN && number <= INT32_MAX;
  if (kind == FieldKind::int32 ? small : kind == FieldKind::int64 && !small) {
    json.value(number);
  } else {
    write_tagged(json, kind, number);
  }
}

void write_number(JsonWriter& json, FieldKind kind, std::uint64_t data) {
  switch (kind) {
    case FieldKind::boolean:
      if (data <= 1) {
        json.value(data == 1);
        return;
      }
      break;  // the wire allows any octet
    case FieldKind::float32:
      return write_float32(json, data);
    case FieldKind::float64:
      return write_float64(json, data);
    case FieldKind::int8:
    case FieldKind::int16:
    case FieldKind::int32:
    case FieldKind::int64:
      return write_signed(json, kind, data);
    default:
      break;
  }
  write_tagged(json, kind, data);
}

struct FieldWriter {
  JsonWriter& json;
  FieldKind kind;

  void operator()(std::monostate) const { json.null(); }
  void operator()(std::uint64_t data) const { write_number(json, kind, data); }
  void operator()(const Decimal& decimal) const {
    begin_tagged(json, kind).member("scale", decimal.scale).member("value", decimal.value);
    json.end_object();
  }
  void operator()(const std::string& bytes) const {
    if (kind == FieldKind::longstr && is_utf8(bytes)) {
      json.value(bytes);
    } else {
      begin_tagged(json, kind).key("base64").base64(bytes).end_object();
    }
  }
  void operator()(const FieldArray& array) const {
    json.begin_array();
    for (const auto& item : array) {
      write_field(json, item);
    }
    json.end_array();
  }
  void operator()(const FieldTable& table) const { write_table(json, table); }
};

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

void write_entries(JsonWriter& json, const FieldTable& table) {
  begin_tagged(json, FieldKind::table).key("entries").begin_array();
  for (const auto& [name, value] : table) {
    json.begin_array();
    if (is_utf8(name)) {
      json.value(name);
    } else {
      json.begin_object().key("base64").base64(name).end_object();
    }
    write_field(json, value);
    json.end_array();
  }
  json.end_array().end_object();
}

void write_plain_field(JsonWriter& json, const FieldValue& value);

// See write_plain_table().
struct PlainFieldWriter {
  JsonWriter& json;
  const FieldValue& value;

  void operator()(std::monostate) const { json.null(); }
  void operator()(std::uint64_t data) const {
    switch (value.kind) {
      case FieldKind::boolean:
        json.value(data != 0);
        return;
      case FieldKind::float32:
        return write_number(std::bit_cast<float>(static_cast<std::uint32_t>(data)));
      case FieldKind::float64:
        return write_number(std::bit_cast<double>(data));
      case FieldKind::int8:
      case FieldKind::int16:
      case FieldKind::int32:
      case FieldKind::int64:
        json.value(static_cast<std::int64_t>(data));
        return;
      default:
        json.value(data);
    }
  }
  void operator()(const Decimal& decimal) const {
    json.raw(fmt::format("{}e-{}", decimal.value, decimal.scale));
  }
  void operator()(const std::string& bytes) const {
    if (is_utf8(bytes)) {
      json.value(bytes);
    } else {
      write_field(json, value);
    }
  }
  void operator()(const FieldArray& array) const {
    json.begin_array();
    for (const auto& item : array) {
      write_plain_field(json, item);
    }
    json.end_array();
  }
  void operator()(const FieldTable& table) const { write_plain_table(json, table); }

 private:
  void write_number(double number) const {
    if (std::isfinite(number)) {
      write_floating(json, number);
    } else {
      write_field(json, value);
    }
  }
};

void write_plain_field(JsonWriter& json, const FieldValue& value) {
  std::visit(PlainFieldWriter{json, value}, value.data);
}

}  // namespace

void write_field(JsonWriter& json, const FieldValue& value) {
  std::visit(FieldWriter{json, value.kind}, value.data);
}

void write_table(JsonWriter& json, const FieldTable& table) {
  if (!fits_a_json_object(table)) {
    write_entries(json, table);
    return;
  }
  json.begin_object();
  for (const auto& [name, value] : table) {
    write_field(json.key(name), value);
  }
  json.end_object();
}

void write_plain_table(JsonWriter& json, const FieldTable& table) {
  json.begin_object();
  for (const auto& [name, value] : table) {
    write_plain_field(json.key(is_utf8(name) ? name : visible(name)), value);
  }
  json.end_object();
}

void append_table_json(std::string& out, const FieldTable& table) {
  JsonWriter json(out);
  write_table(json, table);
}

}  // namespace mscomm
