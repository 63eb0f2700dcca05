#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/load/load_objective.h"
#include "core/load/load_result.h"
#include "core/load/load_target.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// How often calls are made, and how many at once. A run ends at the count or the duration,
/// whichever comes first; at least one must be set.
struct LoadPlan {
  std::optional<std::uint64_t> count;
  std::optional<Duration> duration;  ///< then sending stops; calls under way are awaited
  unsigned concurrency = 50;         ///< most calls under way at once
  /// Open loop: calls per second, each due at its time whatever happened to the others. Absent: a
  /// closed loop, where each caller sends its next call as soon as the last one ends.
  std::optional<double> rate;
  Duration call_timeout = std::chrono::seconds(30);
  std::vector<LoadObjective> objectives;

  /// The number of callers: `concurrency`, or fewer if fewer calls are to be made.
  [[nodiscard]] std::size_t callers() const;
};

/// Called about five times a second with the results so far; may be empty.
using LoadProgress = std::function<void(const LoadResult&)>;

/// Calls the target as the plan says and measures. A stop signal ends the run early: calls under
/// way are given up and not counted. The context's deadline ends it too; calls under way then count
/// as timed out.
LoadResult generate_load(LoadTarget& target, const LoadPlan& plan, const LoadProgress& progress,
                         const Context& context);

}  // namespace mscomm
