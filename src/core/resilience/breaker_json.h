#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/resilience/breaker_state.h"

namespace mscomm {

/// The stored form of a state: a line of JSON, and a line with the CRC-32 of the first as a JSON
/// string.
std::string breaker_state_text(const BreakerState& state);

/// Reads text written by breaker_state_text(); nothing for any other text, torn or of another
/// version.
std::optional<BreakerState> parse_breaker_state(std::string_view text);

/// A finished call with a generation as text of at most 4 KiB.
std::string finished_call_text(const FinishedCall& call);

/// The inverse of finished_call_text(); nothing for other text.
std::optional<FinishedCall> parse_finished_call(std::string_view text);

/// `line` with its line end, followed by the line with its checksum.
std::string with_checksum(std::string_view line);

}  // namespace mscomm
