#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace mscomm {

/// What a plain scalar means in the core schema of YAML 1.2 (section 10.3.2); nothing for the
/// numbers that JSON does not have.
std::optional<nlohmann::ordered_json> plain_scalar(std::string_view text);

}  // namespace mscomm
