#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace mscomm {

/// The value of a scalar by the core schema of YAML 1.2 (section 10.3.2). `tag` is empty when there
/// is none. Without a value `problem` says why: JSON does not have the number, or the tag does not
/// fit the text.
std::optional<nlohmann::ordered_json> scalar_value(std::string text, std::string_view tag,
                                                   bool is_plain, std::string& problem);

}  // namespace mscomm
