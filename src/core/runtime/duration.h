#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/runtime/clock.h"

namespace mscomm {

/// Reads `250ms`, `1.5s`, `2m`, `1h`, `1d` and sums such as `1m30s`; a bare `0` is allowed.
/// Throws Error{usage} whose message begins with `what` (an option's name, for example).
Duration parse_duration(std::string_view text, std::string_view what);

/// Events per second from "100", "100/s", "6000/m" or "10/h". Throws Error{usage} that begins with
/// `what`, also for 0.
double parse_rate(std::string_view text, std::string_view what);

/// The shortest text that parse_duration reads back, for example "250ms", "1m30s".
std::string format_duration(Duration duration);

/// Milliseconds with a fraction, rounded to microseconds, as in records and logs.
double milliseconds_of(Duration duration);

/// Reads a size in bytes: `512`, `16KiB`, `1MB`, `2GiB` (KB, MB and GB are powers of 1000).
/// Throws Error{usage} whose message begins with `what`.
std::uint64_t parse_size(std::string_view text, std::string_view what);

/// UTC in RFC 3339 form with milliseconds, for example "2026-11-22T10:00:00.123Z".
std::string format_rfc3339(WallTime time);

/// Appends what format_rfc3339() returns.
void append_rfc3339(std::string& out, WallTime time);

}  // namespace mscomm
