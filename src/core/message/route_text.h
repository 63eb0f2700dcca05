#pragma once

#include <string>

#include "core/message/message.h"

namespace mscomm {

/// A target for messages to people: "queue 'jobs'", or "exchange 'orders' with key 'eu.paid'".
std::string route_text(const Route& route);

}  // namespace mscomm
