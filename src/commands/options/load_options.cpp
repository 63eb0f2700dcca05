#include "commands/options/load_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "commands/get_run.h"
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

void bind_load_options(CLI::App& app, LoadOptions& options) {
  OptionGroup load(app, "Load");
  load.number("-n,--requests", options.requests, "N",
              "send so many requests, measure them, and print a summary instead of responses",
              std::uint64_t{1}, std::uint64_t{1'000'000'000'000});
  load.duration("--duration", options.duration,
                "the same for so long; what is under way then is awaited");
  load.custom(
      "--rate", "N[/s|/m|/h]",
      "send so many a second whatever becomes of them (an open loop), and measure from when "
      "each was due; else each of -c N callers sends its next one after a response",
      [&options](const std::string& value, const std::string& what) {
        options.rate = parse_rate(value, what);
      });
  load.list("--slo", options.slo, "LIST",
            "objectives, for example 'p99<150ms,mean<20ms,errors<1%,rate>=200/s'; a missed one is "
            "exit 12");
  load.text("--report", options.report, "FILE",
            "write a page in HTML: latencies, a timeline, statuses and failures");
}

namespace {

void refuse_without_load(const LoadOptions& load) {
  for (const auto& [given, option] : {std::pair(load.rate.has_value(), "--rate"),
                                      {!load.slo.empty(), "--slo"},
                                      {load.report.has_value(), "--report"}}) {
    if (given) {
      throw Error(Exit::usage, fmt::format("{} is for a load run", option),
                  "say how long it is: -n N or --duration DUR");
    }
  }
}

}  // namespace

void validate_load(const GetOptions& options) {
  const auto& load = options.load;
  if (!load.is_wanted()) {
    refuse_without_load(load);
    return;
  }
  static_cast<void>(load.objectives());  // before anything is sent
  if (load.report && (*load.report == "-" || load.report == options.output.file)) {
    throw Error(Exit::usage, "--report needs a file of its own",
                "the summary goes to stdout or --out");
  }
  if (load.duration && *load.duration <= Duration::zero()) {
    throw Error(Exit::usage, "--duration: it must be more than 0");
  }
  const auto& response = options.response;
  for (const auto& [given, option] :
       {std::pair(response.follow, "--location"),
        {response.retry.retries > 0, "--retry"},
        {response.until.has_value(), "--until"},
        {response.jq.has_value(), "--jq"},
        {response.timing, "--timing"},
        {response.idempotency_key == "auto", "--idempotency-key auto"},
        {options.include && options.method != "HEAD", "--include"}}) {
    if (given) {
      throw Error(Exit::usage, fmt::format("{} has no place in a load run", option),
                  "it sends each request once, and measures what comes");
    }
  }
}

}  // namespace mscomm
