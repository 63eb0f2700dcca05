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

/// How often calls are made, and how many at once. A run ends with the count or the duration,
/// whichever comes first; one of them must be there.
struct LoadPlan {
  std::optional<std::uint64_t> count;
  std::optional<Duration> duration;  ///< after which nothing is sent; what is under way is awaited
  unsigned concurrency = 50;         ///< most calls under way at once
  /// An open loop: calls a second, which are due at these times whatever became of the others.
  /// Absent, a closed loop: as soon as one ends, the next is sent.
  std::optional<double> rate;
  Duration call_timeout = std::chrono::seconds(30);
  std::vector<LoadObjective> objectives;

  /// How many calls can be under way at once: with few to make, not all of `concurrency`.
  [[nodiscard]] std::size_t callers() const;
};

/// Called about five times a second with what a run has seen until then; or empty.
using LoadProgress = std::function<void(const LoadResult&)>;

/// Calls the target as the plan says and measures. A stop signal ends it early: what is under way
/// is given up and counts nowhere. So does the context's deadline, with what is under way timed
/// out.
LoadResult generate_load(LoadTarget& target, const LoadPlan& plan, const LoadProgress& progress,
                         const Context& context);

}  // namespace mscomm
