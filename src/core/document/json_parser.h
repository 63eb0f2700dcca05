#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/document/document.h"

namespace mscomm {

/// How an object with a repeated name is treated (RFC 8259 section 4 leaves it open).
enum class RepeatedNames { refuse, last_wins };

/// How an integer that does not fit 64 bits is treated, and a fraction that is less than every
/// double: as the nearest double, or not at all.
enum class LargeIntegers { round, refuse };

/// Why a text is not JSON.
struct JsonMistake {
  std::string problem;  ///< after "it": "is not JSON"
  std::string reason;   ///< the parser's, without the text, which may be secret: "syntax error …"
  std::string location;  ///< "line 1, column 5: syntax error …; last read: …"
  std::size_t byte = 0;  ///< where it stops being JSON, from 1; 0: it is JSON, but refused
};

/// Parses a text as JSON (RFC 8259), members in their order, in time linear in the text. Without a
/// value `mistake` says why. `places`, if given and if repeated names are refused, gets the values'
/// places.
std::optional<nlohmann::ordered_json> parse_json(std::string_view text, JsonMistake& mistake,
                                                 RepeatedNames repeated = RepeatedNames::last_wins,
                                                 PlaceTable* places = nullptr,
                                                 LargeIntegers large = LargeIntegers::round);

/// Whether arrays and objects are nested at most `most` levels deep in a text that may be JSON. A
/// value takes up to 130 times as much memory as a text that does little but open arrays.
bool is_json_nested_within(std::string_view text, std::size_t most);

/// JsonMistake::location for text that is not JSON; empty when it is JSON. Needs no memory for the
/// value.
std::string json_error(std::string_view text);

}  // namespace mscomm
