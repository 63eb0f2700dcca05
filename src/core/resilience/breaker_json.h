#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/resilience/breaker_state.h"

namespace mscomm {

/// The state as it is stored: a line of JSON, and one with the CRC-32 of the first as a JSON
/// string.
std::string breaker_state_text(const BreakerState& state);

/// What breaker_state_text() wrote; nothing when the text is anything else, torn or of another
/// version.
std::optional<BreakerState> parse_breaker_state(std::string_view text);

/// `line` with its end and the line that proves it.
std::string with_checksum(std::string_view line);

}  // namespace mscomm
