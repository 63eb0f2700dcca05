#pragma once

#include <compare>
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace mscomm {

/// Whether two values are equal for JSON Schema (2020-12 core section 4.2.2): 1 equals 1.0, and the
/// order of an object's members does not matter. Recurses as deep as the values are nested.
bool same_value(const nlohmann::ordered_json& a, const nlohmann::ordered_json& b);

/// A hash, equal for equal values (same_value()). Recurses as same_value() does.
std::size_t hash_of(const nlohmann::ordered_json& value);

/// Compares two numbers exactly, whether they are integers or not.
std::partial_ordering compare_numbers(const nlohmann::ordered_json& a,
                                      const nlohmann::ordered_json& b);

/// Whether the value is a number without a fraction: 1.0 is an integer.
bool is_integer(const nlohmann::ordered_json& value);

/// Whether a number is an integer times `divisor` (> 0), both taken as the decimal numbers they are
/// written as: 0.07 is a multiple of 0.01.
bool is_multiple(const nlohmann::ordered_json& number, const nlohmann::ordered_json& divisor);

/// The number of code points of UTF-8 text.
std::size_t character_count(std::string_view text);

/// Whether arrays and objects are nested at most `most` levels deep.
bool is_nested_within(const nlohmann::ordered_json& value, std::size_t most);

/// The value for a message: compact JSON, cut after about 60 bytes.
std::string shown(const nlohmann::ordered_json& value);

/// A member's name or other text for a message: in single quotes, without control characters, cut.
std::string in_quotes(std::string_view text);

}  // namespace mscomm
