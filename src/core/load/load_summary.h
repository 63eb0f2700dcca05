#pragma once

#include <span>
#include <string>

#include "core/load/load_result.h"
#include "core/output/record.h"

namespace mscomm {

/// The fields of a load run's record, for `--format json` and `--format '{rate} {service_ms.p99}'`.
std::span<const Field<LoadResult>> load_fields();

/// Appends the record as one compact JSON object, without a line end.
void append_load_json(std::string& out, const LoadResult& result);

/// Appends the record for people: rates, latencies, statuses, failures with a sample of each,
/// objectives.
void append_load_text(std::string& out, const LoadResult& result);

/// The progress line at the bottom of the terminal.
std::string load_progress(const LoadResult& result);

}  // namespace mscomm
