#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace mscomm {

/// What becomes of an object that has a name twice (RFC 8259 section 4 leaves it open).
enum class RepeatedNames { refuse, last_wins };

/// A text as JSON, its members in their order, in time that grows with the text alone. Without a
/// value `problem` says why, after "it": "is not JSON".
std::optional<nlohmann::ordered_json> parse_json(std::string_view text, RepeatedNames repeated,
                                                 std::string& problem);

}  // namespace mscomm
