#pragma once

#include <string>

#include "commands/options/consume_options.h"

namespace mscomm {

/// How a message of `queue` becomes output, as settled `options` say; both must outlive it. What it
/// throws names the message.
Render make_render(const ConsumeOptions& options, const std::string& queue, bool for_terminal);

/// Whether a message is one that --filter asks for; empty without it. What it throws names the
/// message. Both must outlive it.
Matches make_matches(const ConsumeOptions& options, const std::string& queue);

}  // namespace mscomm
