#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mscomm {

/// Appends one step to a JSON Pointer (RFC 6901): "/" and the name, '~' and '/' escaped.
void append_pointer_step(std::string& pointer, std::string_view name);

/// The steps of a JSON Pointer, unescaped; nothing when the text is not a JSON Pointer.
std::optional<std::vector<std::string>> pointer_steps(std::string_view pointer);

/// The value for one step of a JSON Pointer; null when there is none.
const nlohmann::ordered_json* step_into(const nlohmann::ordered_json& value,
                                        const std::string& step);

}  // namespace mscomm
