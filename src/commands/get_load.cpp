#include "commands/get_load.h"

#include <fmt/format.h>

#include <exception>

#include "commands/get_options.h"
#include "core/load/http_load.h"
#include "core/load/load_summary.h"
#include "core/load/report/load_report.h"
#include "core/output/destination.h"
#include "core/runtime/environment.h"
#include "core/runtime/signals.h"
#include "core/telemetry/step_names.h"

namespace mscomm {
namespace {

LoadPlan make_load_plan(const GetOptions& options) {
  LoadPlan plan;
  plan.count = options.load.requests;
  plan.duration = options.load.duration;
  plan.concurrency = options.concurrency.value_or(plan.concurrency);
  plan.rate = options.load.rate;
  plan.call_timeout = options.response.request_timeout.value_or(plan.call_timeout);
  plan.objectives = options.load.objectives();
  return plan;
}

LoadResult measure(const GetOptions& options, const Context& context) {
  auto requests = make_requests(options.request, options.method, context);
  if (requests.empty()) {
    throw Error(Exit::empty, "stdin has no URL");
  }
  LoadProgress progress;
  if (context.log.shows_progress()) {
    progress = [&context](const LoadResult& result) {
      context.log.progress(load_progress(result));
    };
  }
  return load_services(std::move(requests), options.call_plan(), make_load_plan(options), progress,
                       context);
}

using Format = std::optional<FormatString<LoadResult>>;

void print(const LoadResult& result, OutputFormat way, const Format& format,
           Destination& destination) {
  auto& out = destination.writer().buffer();
  if (way == OutputFormat::json) {
    append_load_json(out, result);
    out += '\n';
  } else if (format) {
    format->append(out, result, destination.is_terminal());
  } else {
    append_load_text(out, result);
  }
  destination.finish();
}

// Tells the observer the fields of load_fields().
void tell_summary(const LoadResult& result, Observer& observer) {
  if (observer.wants(LogLevel::info)) {
    const auto fields = step_fields(load_fields(), result);
    observer.tell({.name = steps::kLoadSummary,
                   .target = result.target,
                   .duration = result.took,
                   .fields = fields});
  }
}

// The exit code; why the run is no success goes to stderr.
Exit verdict(const LoadResult& result, const GetOptions& options, const Context& context) {
  auto exit = Exit::ok;
  const auto complain = [&](const Error& error, StepFields fields) {
    context.observer.tell({.name = steps::kLoadVerdict,
                           .level = LogLevel::error,
                           .target = result.target,
                           .outcome = error.reason(),
                           .fields = fields,
                           .hint = error.hint(),
                           .lines = error.lines()},
                          "{}", error.head());
    exit = worse(exit, error.reason());
  };
  const auto requests = result.requests();
  if (result.timed_out) {
    const auto& wanted = options.load.requests;
    complain(Error(Exit::timeout, fmt::format("timed out after {}{} requests", requests,
                                              wanted ? fmt::format(" of {}", *wanted) : "")),
             {{"requests", requests}});
  }
  if (result.failed > 0 && !options.load.judges_errors()) {
    const auto& first = result.samples.front();
    Error error(exit_code(result.outcomes),
                fmt::format("{} of {} requests failed, the first: {}", result.failed, requests,
                            first.message),
                result.succeeded > 0 || first.hint.empty()
                    ? "--slo 'errors<1%' says how many may fail"
                    : first.hint);
    for (const auto& line : first.lines) {
      error.add_line(line);
    }
    complain(error, {{"requests", requests}, {"failed", result.failed}});
  }
  for (const auto& each : result.verdicts) {
    if (!each.is_met) {
      complain(Error(Exit::missed, fmt::format("{} was missed: {}", each.objective, each.actual)),
               {{"objective", each.objective}, {"actual", each.actual}, {"met", each.is_met}});
    }
  }
  return exit;
}

// Warns where something besides the service shaped the numbers.
void warn_of_distortion(const LoadResult& result, const GetOptions& options,
                        const Context& context) {
  const auto warn = [&](std::string_view text, std::string_view hint) {
    context.observer.tell({.name = steps::kLoadDistorted,
                           .level = LogLevel::warning,
                           .target = result.target,
                           .hint = hint},
                          "{}", text);
  };
  const auto requests = result.requests();
  constexpr Duration kTellsMuch = Milliseconds(500);
  const bool all_answered = result.service.count() == requests && result.unfinished == 0;
  if (!result.target_rate && all_answered && result.took > kTellsMuch &&
      result.under_way() < 0.5 * result.concurrency && !options.response.breaker.wanted) {
    warn(fmt::format(
             "of {} callers only {:.1f} waited for the service on average: it is faster than "
             "what measures it",
             result.concurrency, result.under_way()),
         "the latencies are those of so few; -c with fewer, or --rate, says more");
  }
  if (result.target_rate && result.rate() < 0.95 * *result.target_rate && !result.interrupted) {
    warn(
        fmt::format("{:.1f} requests a second instead of {:g}", result.rate(), *result.target_rate),
        "the service, or -c N connections, cannot do more; response time shows who waits");
  }
  const auto answers = result.service.count();
  if (answers > std::uint64_t{2} * result.concurrency && result.on_new_connection == answers) {
    warn("no connection was used for two requests, so that each time is also that of connecting",
         "the service or a header closes them; for HTTP/2 without TLS libcurl before 8.0 keeps "
         "none");
  }
}

}  // namespace

Exit run_load(const GetOptions& options, const Context& context) {
  Format format;
  if (options.output.format == OutputFormat::custom) {
    format.emplace(options.output.format_string, load_fields());
  }
  Destination destination(options.output.file, context.environment, context.stop, context.deadline);
  std::optional<Destination> report;
  if (options.load.report) {
    report.emplace(options.load.report->path, context.environment, context.stop, context.deadline);
  }
  const auto result = measure(options, context);
  context.stop.acknowledge();  // an interrupted run still prints its numbers
  std::exception_ptr problem;  // the first of them; the other output is still written
  const auto attempt = [&problem](const auto& write) {
    try {
      write();
    } catch (...) {
      problem = problem ? problem : std::current_exception();
    }
  };
  attempt([&] { print(result, options.output.format, format, destination); });
  if (report) {
    attempt([&] {
      auto& out = report->writer().buffer();
      if (options.load.report->form == ReportFile::Form::html) {
        out = load_report(result);
      } else {
        append_load_json(out, result);
        out += '\n';
      }
      report->finish();
    });
  }
  tell_summary(result, context.observer);
  const auto exit = verdict(result, options, context);
  warn_of_distortion(result, options, context);
  if (result.interrupted) {
    throw Interrupted();
  }
  try {
    if (problem) {
      std::rethrow_exception(problem);
    }
  } catch (const ReaderGone&) {
    if (exit == Exit::ok) {
      throw;
    }
  }
  return exit;
}

}  // namespace mscomm
