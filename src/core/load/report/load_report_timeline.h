#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/load/load_result.h"

namespace mscomm::report {

/// Some seconds of a run that are drawn as one.
struct TimelineSpan {
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  Duration p50{};  ///< the mean of the seconds', each with the weight of its requests
  Duration p99{};  ///< the highest
  Duration max{};
};

/// Joins each `length` seconds; the last span may have fewer. No spike of p99 is lost.
std::vector<TimelineSpan> timeline_spans(const std::vector<LoadSecond>& seconds,
                                         std::size_t length);

/// Requests a second and, below it, latency, over the time of the run in at most 600 spans.
std::string timeline_figures(const LoadResult& result);

}  // namespace mscomm::report
