#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/load/load_result.h"

namespace mscomm::report {

/// Consecutive seconds of a run, drawn as one.
struct TimelineSpan {
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  Duration p50{};  ///< mean of the seconds', weighted by their requests
  Duration p99{};  ///< the highest
  Duration max{};
};

/// Joins every `length` seconds; the last span may have fewer. Every spike of p99 stays visible.
std::vector<TimelineSpan> timeline_spans(const std::vector<LoadSecond>& seconds,
                                         std::size_t length);

/// Requests per second and, below, latency over the time of the run, in at most 600 spans.
std::string timeline_figures(const LoadResult& result);

}  // namespace mscomm::report
