#pragma once

#include "core/consume/consume_plan.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Says on stderr how a run ended, and returns the exit code. `filters` is whether messages were
/// chosen.
Exit report_consumed(const ConsumeReport& result, const ConsumePlan& plan, const Context& context,
                     bool filters);

}  // namespace mscomm
