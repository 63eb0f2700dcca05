#pragma once

#include "commands/line/option_types.h"
#include "core/resilience/backoff.h"

namespace mscomm {

/// Adds --backoff and --jitter, which need --retry. `options` holds their defaults; `what` the
/// pause is before, for help.
void bind_backoff_options(OptionGroup& group, Backoff& options, const std::string& what);

}  // namespace mscomm
