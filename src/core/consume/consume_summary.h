#pragma once

#include "core/consume/consume_plan.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Says what came of a run and returns its exit code: that of its error and of its commands, or
/// else Exit::empty when it has an end of its own and nothing came. In the JSON log the counts are
/// fields. `filters`: not every message was asked for.
Exit conclude(const ConsumeReport& report, const ConsumePlan& plan, bool filters,
              const Context& context);

}  // namespace mscomm
