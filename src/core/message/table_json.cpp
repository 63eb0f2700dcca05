// Header tables from JSON; field_json.cpp writes them.

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cfloat>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/message/field_names.h"
#include "core/message/json_input.h"
#include "core/message/table_json.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kTag = "$amqp";

FieldValue value_at(const Json& json, const Place& place, int depth);
FieldTable table_at(const Json& json, const Place& place, int depth);

void refuse_depth(int depth, const Place& place) {
  if (depth > kMaxFieldDepth) {
    throw Error(Exit::usage, fmt::format("{}: tables and arrays nest deeper than {} levels",
                                         place.text(), kMaxFieldDepth));
  }
}

FieldArray array_at(const Json& json, const Place& place, int depth) {
  refuse_depth(depth, place);
  FieldArray array;
  array.reserve(json.size());
  for (const auto& item : json) {
    array.push_back(value_at(item, {&place, {}, array.size()}, depth));
  }
  return array;
}

// --- {"$amqp":KIND, ...}

FieldKind kind_at(const Json& json, const Place& place) {
  const Place tag{&place, kTag};
  const auto& name = text_from_json(json, kAnyLength, tag);
  std::vector<std::string> names;
  for (const auto& each : kFieldKindNames) {
    if (each.name == name) {
      return each.kind;
    }
    names.emplace_back(each.name);
  }
  throw Error(Exit::usage, fmt::format("{}: unknown type '{}'", tag.text(), name),
              fmt::format("the types are: {}", fmt::join(names, ", ")));
}

// The members of a tagged value. Each expected member must be asked for; any other is an error.
class Members {
 public:
  Members(const Json& json, const Place& place, std::initializer_list<const char*> names)
      : json_(json), place_(place) {
    std::vector<std::string> known{kTag};
    known.insert(known.end(), names.begin(), names.end());
    for (const auto& [name, value] : json.items()) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        refuse_member(name, known, place);
      }
    }
  }

  [[nodiscard]] const Json* find(const char* name) const {
    const auto found = json_.find(name);
    return found == json_.end() ? nullptr : &*found;
  }

  [[nodiscard]] const Json& need(const char* name) const {
    if (const auto* found = find(name)) {
      return *found;
    }
    throw Error(Exit::usage, fmt::format("{}: the member '{}' is missing", place_.text(), name));
  }

 private:
  const Json& json_;
  const Place& place_;
};

std::uint64_t bits_at(const Json& json, std::size_t digits, const Place& place) {
  const auto& text = text_from_json(json, kAnyLength, place);
  std::uint64_t bits = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, bits, 16);
  if (text.size() != digits || stopped != end || error != std::errc{}) {
    throw Error(Exit::usage,
                fmt::format("{}: expected {} hexadecimal digits", place.text(), digits));
  }
  return bits;
}

// An integer, unlike a fraction, is expected to arrive as it is written.
void refuse_rounding(const Json& value, double rounded, const Place& place) {
  static_assert(LDBL_MANT_DIG >= 64);
  const auto written = value.is_number_unsigned()
                           ? static_cast<long double>(value.get<std::uint64_t>())
                           : static_cast<long double>(value.get<std::int64_t>());
  if (value.is_number_integer() && written != static_cast<long double>(rounded)) {
    throw Error(Exit::usage, fmt::format("{}: {} has more digits than the type holds", place.text(),
                                         value.dump()));
  }
}

std::uint64_t float_bits_at(FieldKind kind, const Json& json, const Place& place) {
  const bool single = kind == FieldKind::float32;
  const Members members(json, place, {"value", "bits"});
  if (const auto* bits = members.find("bits")) {
    return bits_at(*bits, single ? 8 : 16, {&place, "bits"});
  }
  const Place at{&place, "value"};
  const auto& value = members.need("value");
  if (!value.is_number()) {
    refuse_json(value, "a number", at);
  }
  const auto number = value.get<double>();
  refuse_rounding(value, single ? static_cast<double>(static_cast<float>(number)) : number, at);
  if (!single) {
    return std::bit_cast<std::uint64_t>(number);
  }
  if (std::fabs(number) > static_cast<double>(FLT_MAX)) {
    throw Error(Exit::usage, fmt::format("{}: {} does not fit a float32", at.text(), value.dump()));
  }
  return std::bit_cast<std::uint32_t>(static_cast<float>(number));
}

std::uint64_t signed_at(const Json& json, unsigned bits, const Place& place) {
  const auto most = static_cast<std::int64_t>((std::uint64_t{1} << (bits - 1)) - 1);
  const auto least = -most - 1;
  const bool too_large =
      json.is_number_unsigned() && json.get<std::uint64_t>() > static_cast<std::uint64_t>(most);
  if (!json.is_number_integer()) {
    refuse_json(json, "an integer", place);
  }
  if (too_large || json.get<std::int64_t>() < least) {
    throw Error(Exit::usage,
                fmt::format("{}: {} is not from {} to {}", place.text(), json.dump(), least, most));
  }
  return static_cast<std::uint64_t>(json.get<std::int64_t>());
}

std::uint64_t integer_at(FieldKind kind, const Json& json, const Place& place) {
  const auto& value = Members(json, place, {"value"}).need("value");
  const Place at{&place, "value"};
  switch (kind) {
    case FieldKind::int8:
      return signed_at(value, 8, at);
    case FieldKind::int16:
      return signed_at(value, 16, at);
    case FieldKind::int32:
      return signed_at(value, 32, at);
    case FieldKind::int64:
      return signed_at(value, 64, at);
    case FieldKind::boolean:
    case FieldKind::uint8:
      return unsigned_from_json(value, UINT8_MAX, at);
    case FieldKind::uint16:
      return unsigned_from_json(value, UINT16_MAX, at);
    case FieldKind::uint32:
      return unsigned_from_json(value, UINT32_MAX, at);
    default:
      return unsigned_from_json(value, UINT64_MAX, at);
  }
}

Decimal decimal_at(const Json& json, const Place& place) {
  const Members members(json, place, {"scale", "value"});
  const auto scale = unsigned_from_json(members.need("scale"), UINT8_MAX, {&place, "scale"});
  const auto value = unsigned_from_json(members.need("value"), UINT32_MAX, {&place, "value"});
  return {static_cast<std::uint8_t>(scale), static_cast<std::uint32_t>(value)};
}

std::string entry_name_at(const Json& json, const Place& place) {
  if (json.is_object()) {
    const auto& bytes = Members(json, place, {"base64"}).need("base64");
    return base64_from_json(bytes, kShortString, {&place, "base64"});
  }
  return text_from_json(json, kShortString, place);
}

FieldTable entries_at(const Json& json, const Place& place, int depth) {
  refuse_depth(depth, place);
  const auto& entries = Members(json, place, {"entries"}).need("entries");
  const Place list{&place, "entries"};
  if (!entries.is_array()) {
    refuse_json(entries, "an array", list);
  }
  FieldTable table;
  table.reserve(entries.size());
  for (const auto& entry : entries) {
    const Place at{&list, {}, table.size()};
    if (!entry.is_array() || entry.size() != 2) {
      refuse_json(entry, "an array of a name and a value", at);
    }
    auto name = entry_name_at(entry[0], {&at, {}, 0});
    table.emplace_back(std::move(name), value_at(entry[1], {&at, {}, 1}, depth));
  }
  return table;
}

FieldValue tagged_at(const Json& json, const Place& place, int depth) {
  const auto kind = kind_at(*json.find(kTag), place);
  switch (kind) {
    case FieldKind::table:
      return {kind, entries_at(json, place, depth)};
    case FieldKind::longstr:
    case FieldKind::bytes: {
      const auto& text = Members(json, place, {"base64"}).need("base64");
      return {kind, base64_from_json(text, kAnyLength, {&place, "base64"})};
    }
    case FieldKind::decimal:
      return {kind, decimal_at(json, place)};
    case FieldKind::float32:
    case FieldKind::float64:
      return {kind, float_bits_at(kind, json, place)};
    default:
      return {kind, integer_at(kind, json, place)};
  }
}

// --- JSON's own types

FieldValue number_at(const Json& json, const Place& place) {
  if (json.is_number_float()) {
    return {FieldKind::float64, std::bit_cast<std::uint64_t>(json.get<double>())};
  }
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > std::uint64_t{INT64_MAX}) {
    throw Error(Exit::usage,
                fmt::format("{}: {} does not fit 64 bits with a sign", place.text(), json.dump()),
                fmt::format(R"(write {{"$amqp":"uint64","value":{}}})", json.dump()));
  }
  return FieldValue::integer(json.get<std::int64_t>());
}

FieldValue value_at(const Json& json, const Place& place, int depth) {
  switch (json.type()) {
    case Json::value_t::null:
      return {};
    case Json::value_t::boolean:
      return FieldValue::boolean(json.get<bool>());
    case Json::value_t::string:
      return FieldValue::text(json.get_ref<const std::string&>());
    case Json::value_t::array:
      return {FieldKind::array, array_at(json, place, depth + 1)};
    case Json::value_t::object:
      if (json.contains(kTag)) {
        return tagged_at(json, place, depth + 1);
      }
      return {FieldKind::table, table_at(json, place, depth + 1)};
    default:
      return number_at(json, place);
  }
}

FieldTable table_at(const Json& json, const Place& place, int depth) {
  refuse_depth(depth, place);
  FieldTable table;
  table.reserve(json.size());
  for (auto member = json.begin(); member != json.end(); ++member) {
    const Place at{&place, member.key()};
    if (member.key().size() > kShortString) {
      throw Error(Exit::usage, fmt::format("{}: the name has {} bytes, AMQP allows {}",
                                           place.text(), member.key().size(), kShortString));
    }
    table.emplace_back(member.key(), value_at(*member, at, depth));
  }
  return table;
}

}  // namespace

FieldTable table_from_json(const Json& json, const Place& place) {
  if (!json.is_object()) {
    refuse_json(json, "an object", place);
  }
  if (!json.contains(kTag)) {
    return table_at(json, place, 0);
  }
  if (kind_at(*json.find(kTag), place) != FieldKind::table) {
    throw Error(Exit::usage, fmt::format("{}: this is a single value, not a table", place.text()));
  }
  return entries_at(json, place, 0);
}

FieldTable table_from_json(const Json& json, const std::string& where) {
  return table_from_json(json, Place{nullptr, where});
}

FieldValue field_from_json(std::string_view json, const std::string& where) {
  const Place place{nullptr, where};
  return value_at(json_from_text(json, place), place, 0);
}

}  // namespace mscomm
