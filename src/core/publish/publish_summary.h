#pragma once

#include "core/publish/publisher.h"
#include "core/publish/rpc_caller.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Says what came of a run that took so long, its error first, and returns its exit code. With
/// --quiet, too, a run that failed says why. In the JSON log the counts are fields.
Exit conclude(const PublishReport& report, const PublishPlan& plan, Duration elapsed,
              const Context& context);
Exit conclude(const RpcReport& report, const Context& context);

}  // namespace mscomm
