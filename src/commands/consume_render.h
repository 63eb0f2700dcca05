#pragma once

#include <string>

#include "commands/consume_options.h"

namespace mscomm {

/// How a message of `queue` becomes output, as settled `options` say; both must outlive it. What it
/// throws names the message.
Render make_render(const ConsumeOptions& options, const std::string& queue, bool for_terminal);

}  // namespace mscomm
