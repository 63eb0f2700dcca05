#include "commands/options/load_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "commands/line/option_types.h"
#include "core/runtime/duration.h"
#include "core/runtime/error.h"

namespace mscomm {

bool LoadOptions::judges_errors() const {
  return std::ranges::any_of(objectives(), [](const auto& objective) {
    return objective.what == LoadObjective::What::errors ||
           objective.what == LoadObjective::What::error_share;
  });
}

std::vector<LoadObjective> LoadOptions::objectives() const {
  std::vector<LoadObjective> all;
  for (const auto& list : slo) {
    std::ranges::move(parse_objectives(list, "--slo"), std::back_inserter(all));
  }
  return all;
}

void bind_load_options(CommandLine& line, LoadOptions& options) {
  const Relation sends_once{
      Relation::Kind::excludes,
      {"--location", "--retry!=0", "--until", "--jq", "--timing", "--idempotency-key=auto"},
      "a load run sends each request once, and measures what comes"};
  const Relation of_a_run{Relation::Kind::needs,
                          {"--requests", "--duration"},
                          "say how long the load run is: -n N or --duration DUR"};
  OptionGroup load(line, "Load");
  line.each(sends_once, [&] {
    load.number("-n,--requests", options.requests, "N",
                "send so many requests, measure them, and print a summary instead of responses",
                std::uint64_t{1}, std::uint64_t{1'000'000'000'000});
    load.duration("--duration", options.duration,
                  "the same for so long; what is under way then is awaited");
  });
  line.each(of_a_run, [&] {
    load.custom("--rate", "N[/s|/m|/h]",
                "send so many a second whatever becomes of them (an open loop), and measure from "
                "when each was due; else each of -c N callers sends its next one after a response",
                [&options](const std::string& value, const std::string& what) {
                  options.rate = parse_rate(value, what);
                });
    load.list(
        "--slo", options.slo, "LIST",
        "objectives, for example 'p99<150ms,mean<20ms,errors<1%,rate>=200/s'; a missed one is "
        "exit 12");
    bind_report_option(load, {ReportFile::Form::json, ReportFile::Form::html},
                       "write a page (.html) with latencies, a timeline, statuses and failures, or "
                       "the summary (.json, or - for stdout) into this file",
                       [&options](ReportFile report) { options.report = std::move(report); });
  });
}

}  // namespace mscomm
