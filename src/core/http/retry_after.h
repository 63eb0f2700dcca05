#pragma once

#include <optional>

#include "core/http/http.h"
#include "core/runtime/clock.h"

namespace mscomm {

/// How long a response asks to wait (RFC 9110 section 10.2.3): seconds or a date, which may have
/// passed; a year at most. Nothing when it does not say so, or not in a way that can be read.
std::optional<Duration> retry_after(const HttpResponse& response, WallTime now);

}  // namespace mscomm
