#pragma once

#include "commands/line/option_types.h"
#include "core/resilience/backoff.h"

namespace mscomm {

/// Adds --backoff and --jitter. `options` holds their defaults; `what` the pause is before, for
/// help; both options need one of `needs`, if there are any.
void bind_backoff_options(OptionGroup& group, Backoff& options, const std::string& what,
                          DeclaredOption::Names needs = {});

}  // namespace mscomm
