#pragma once

#include <string>

#include "core/load/load_result.h"

namespace mscomm::report {

/// Latency by percentile: service time and, in an open loop, response time.
std::string percentile_figure(const LoadResult& result);

/// How often each latency occurred.
std::string histogram_figure(const LoadResult& result);

}  // namespace mscomm::report
