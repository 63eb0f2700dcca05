#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mscomm {

/// The field types of RabbitMQ's flavour of AMQP 0-9-1; the value is the tag on the wire
/// (https://www.rabbitmq.com/docs/amqp-0-9-1-errata, section 3).
enum class FieldKind : char {
  boolean = 't',
  int8 = 'b',
  uint8 = 'B',
  int16 = 's',
  uint16 = 'u',
  int32 = 'I',
  uint32 = 'i',
  int64 = 'l',
  uint64 = 'L',
  float32 = 'f',
  float64 = 'd',
  decimal = 'D',
  longstr = 'S',
  bytes = 'x',
  array = 'A',
  timestamp = 'T',
  table = 'F',
  null = 'V',
};

struct FieldValue;
using FieldArray = std::vector<FieldValue>;
/// Entries in wire order; a name may repeat, since nothing on the wire forbids it.
using FieldTable = std::vector<std::pair<std::string, FieldValue>>;

/// A decimal's value is `value / 10^scale`.
struct Decimal {
  std::uint8_t scale = 0;
  std::uint32_t value = 0;
  bool operator==(const Decimal&) const = default;
};

/// One typed value of a header table. What the variant holds follows from the kind:
/// nothing for null; `std::uint64_t` for boolean, integers and timestamp (sign-extended for the
/// signed kinds) and for floats (their bit pattern, so that every NaN survives); Decimal; a
/// string of any bytes for longstr and bytes; FieldArray; FieldTable.
struct FieldValue {
  FieldKind kind = FieldKind::null;
  std::variant<std::monostate, std::uint64_t, Decimal, std::string, FieldArray, FieldTable> data;
  bool operator==(const FieldValue&) const = default;

  static FieldValue text(std::string value) { return {FieldKind::longstr, std::move(value)}; }
  static FieldValue boolean(bool value) {
    return {FieldKind::boolean, static_cast<std::uint64_t>(value)};
  }
  /// int32 when it fits, else int64, as `consume | publish` maps JSON integers.
  static FieldValue integer(std::int64_t value) {
    const bool fits = value >= INT32_MIN && value <= INT32_MAX;
    return {fits ? FieldKind::int32 : FieldKind::int64, static_cast<std::uint64_t>(value)};
  }
};

/// The first entry of this name; nullptr when there is none.
inline const FieldValue* find_field(const FieldTable& table, std::string_view name) {
  for (const auto& [key, value] : table) {
    if (key == name) {
      return &value;
    }
  }
  return nullptr;
}

/// The value of an integer of any width, as 64 bits; nothing for other kinds.
inline std::optional<std::int64_t> integer_of(const FieldValue& value) {
  constexpr std::string_view kIntegers = "bBsuIilL";
  if (kIntegers.find(static_cast<char>(value.kind)) == std::string_view::npos) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(std::get<std::uint64_t>(value.data));
}

/// Sets the first value with this name, or adds one at the end.
inline void set_field(FieldTable& table, std::string_view name, FieldValue value) {
  for (auto& [known, current] : table) {
    if (known == name) {
      current = std::move(value);
      return;
    }
  }
  table.emplace_back(name, std::move(value));
}

/// The longest short string (AMQP 0-9-1 section 4.2.5.3), in bytes.
inline constexpr std::size_t kShortString = 255;

/// The maximum nesting of tables and arrays; deeper input is refused, because reading recurses.
inline constexpr int kMaxFieldDepth = 64;

}  // namespace mscomm
