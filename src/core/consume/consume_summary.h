#pragma once

#include "core/consume/consume_plan.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Tells the summary of a run and returns its exit code: from its error and its commands, or
/// Exit::empty when the run ends by itself and nothing came. In the JSON log the counts are fields.
/// `filters` says whether a filter left messages out.
Exit conclude(const ConsumeReport& report, const ConsumePlan& plan, bool filters,
              const Context& context);

}  // namespace mscomm
