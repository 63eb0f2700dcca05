#pragma once

#include "core/publish/publisher.h"
#include "core/publish/rpc_caller.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Reports a run that took `elapsed`, its error first, and returns its exit code. A failed run
/// reports why even with --quiet. In the JSON log the counts are fields.
Exit conclude(const PublishReport& report, const PublishPlan& plan, Duration elapsed,
              const Context& context);
Exit conclude(const RpcReport& report, const Context& context);

}  // namespace mscomm
