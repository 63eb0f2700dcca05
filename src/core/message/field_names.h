#pragma once

#include <array>
#include <string_view>

#include "core/message/field_table.h"

namespace mscomm {

struct FieldKindName {
  FieldKind kind;
  std::string_view name;
};

/// The value of `{"$amqp":NAME}` for each kind that JSON lacks.
inline constexpr std::array<FieldKindName, 16> kFieldKindNames{{
    {FieldKind::boolean, "boolean"},
    {FieldKind::int8, "int8"},
    {FieldKind::uint8, "uint8"},
    {FieldKind::int16, "int16"},
    {FieldKind::uint16, "uint16"},
    {FieldKind::int32, "int32"},
    {FieldKind::uint32, "uint32"},
    {FieldKind::int64, "int64"},
    {FieldKind::uint64, "uint64"},
    {FieldKind::float32, "float32"},
    {FieldKind::float64, "float64"},
    {FieldKind::decimal, "decimal"},
    {FieldKind::longstr, "longstr"},
    {FieldKind::bytes, "bytes"},
    {FieldKind::timestamp, "timestamp"},
    {FieldKind::table, "table"},
}};

/// The name above; empty for null and array, which JSON has.
constexpr std::string_view field_kind_name(FieldKind kind) {
  for (const auto& each : kFieldKindNames) {
    if (each.kind == kind) {
      return each.name;
    }
  }
  return {};
}

}  // namespace mscomm
