#pragma once

#include <string>
#include <vector>

#include "core/call/http_record.h"
#include "core/telemetry/observer.h"

namespace mscomm {

/// The time of each phase up to the response, as bars on one scale. Each redirect and the response
/// itself have name resolution, connect, TLS handshake, wait for the first byte, and transfer. In
/// milliseconds; a line each.
std::vector<std::string> waterfall(const HttpRecord& record);

/// Tells the waterfall as a summary; in the JSON log the phases are fields.
void tell_timing(const HttpRecord& record, Observer& observer);

}  // namespace mscomm
