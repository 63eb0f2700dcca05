#pragma once

#include <optional>

#include "core/http/http.h"
#include "core/runtime/clock.h"

namespace mscomm {

/// The wait that a response asks for by Retry-After (RFC 9110 section 10.2.3): seconds or a date,
/// which may have passed; a year at most. Nothing when the header is absent or malformed.
std::optional<Duration> retry_after(const HttpResponse& response, WallTime now);

}  // namespace mscomm
