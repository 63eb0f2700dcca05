#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commands/options/report_option.h"
#include "core/load/load_objective.h"
#include "core/runtime/clock.h"

namespace mscomm {

class CommandLine;

/// A load run instead of one request.
struct LoadOptions {
  std::optional<std::uint64_t> requests;
  std::optional<Duration> duration;
  std::optional<double> rate;
  std::vector<std::string> slo;
  std::optional<ReportFile> report;

  [[nodiscard]] bool is_wanted() const { return requests || duration; }
  /// Whether an objective of --slo limits the errors.
  [[nodiscard]] bool judges_errors() const;
  /// Throws Error{usage}.
  [[nodiscard]] std::vector<LoadObjective> objectives() const;
};

/// -n, --duration, --rate, --slo, --report.
void bind_load_options(CommandLine& line, LoadOptions& options);

}  // namespace mscomm
