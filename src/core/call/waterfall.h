#pragma once

#include <string>

#include "core/call/http_record.h"
#include "core/telemetry/observer.h"

namespace mscomm {

/// What took how long on the way to a response, drawn as bars on one scale: for each redirect and
/// for the response itself resolving the name, connecting, the TLS handshake, waiting for the first
/// byte, and the transfer. Ends without a line end.
std::string waterfall(const HttpRecord& record);

/// Says it as a summary; in the JSON log the phases are fields.
void tell_timing(const HttpRecord& record, Observer& observer);

}  // namespace mscomm
