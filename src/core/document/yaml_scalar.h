#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace mscomm {

/// What a scalar means in the core schema of YAML 1.2 (section 10.3.2). `tag` is empty when none is
/// there. Without a value `problem` says why: JSON does not have all numbers, and a tag may be
/// another one than the text's.
std::optional<nlohmann::ordered_json> scalar_value(std::string text, std::string_view tag,
                                                   bool is_plain, std::string& problem);

}  // namespace mscomm
