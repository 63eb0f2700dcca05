#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "core/message/field_table.h"

namespace mscomm {

/// A place in JSON input. Lives on the stack and becomes text only in an error:
/// "line 3: properties.headers.x-death[0]".
struct Place {
  static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);

  const Place* outer = nullptr;
  std::string_view name;  ///< outermost: the whole input; others: a member
  std::size_t index = kNoIndex;

  [[nodiscard]] std::string text() const;
};

/// Parses a text. Throws Error{usage} that says at which byte it stops being JSON.
nlohmann::ordered_json json_from_text(std::string_view text, const Place& place);

/// Throws Error{usage}: the value at `place` is not `expected` ("a string").
[[noreturn]] void refuse_json(const nlohmann::ordered_json& json, std::string_view expected,
                              const Place& place);

/// Throws Error{usage} for a name that is not in `known`, with the nearest as a suggestion.
[[noreturn]] void refuse_member(std::string_view name, std::span<const std::string> known,
                                const Place& place);

/// An integer from 0 to `most`. Throws Error{usage} for any other value.
std::uint64_t unsigned_from_json(const nlohmann::ordered_json& json, std::uint64_t most,
                                 const Place& place);

/// A string of at most `most` bytes. Throws Error{usage} for any other value.
const std::string& text_from_json(const nlohmann::ordered_json& json, std::size_t most,
                                  const Place& place);

/// The bytes of a base64 string, at most `most`. Throws Error{usage} for any other value.
std::string base64_from_json(const nlohmann::ordered_json& json, std::size_t most,
                             const Place& place);

/// table_from_json() at a place of a larger input.
FieldTable table_from_json(const nlohmann::ordered_json& json, const Place& place);

/// No limit, where one is asked for.
inline constexpr std::size_t kAnyLength = static_cast<std::size_t>(-1);

}  // namespace mscomm
