#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/load/load_result.h"

namespace mscomm {

/// A service level objective of a load run: one of those of `--slo 'p99<150ms,errors<1%'`.
///
///   what              | bound               | is about
///   ------------------|---------------------|--------------------------------------------------
///   p50, p99, p99.9 … | a duration          | LoadResult::latency(), to which a request without
///   mean, min, max    |                     | a complete response contributes "for ever"
///   errors            | a share or a number | requests that failed or were never sent
///   rate              | N, N/s, N/m, N/h    | requests that ended
struct LoadObjective {
  enum class What { percentile, mean, min, max, error_share, errors, rate };
  enum class Relation { less, at_most, more, at_least };

  std::string text;  ///< as it was written
  What what = What::percentile;
  double percent = 0;  ///< for What::percentile
  Relation relation = Relation::less;
  double bound = 0;  ///< nanoseconds; a share in percent; a number; requests a second
};

/// Throws Error{usage} whose message begins with `option`.
std::vector<LoadObjective> parse_objectives(std::string_view list, std::string_view option);

/// Judges the objective by the results of the run.
LoadVerdict judge(const LoadObjective& objective, const LoadResult& result);

}  // namespace mscomm
