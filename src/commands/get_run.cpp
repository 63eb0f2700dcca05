#include "commands/get_run.h"

#include <fmt/format.h>
#include <memory>

#include "commands/get_options.h"
#include "core/call/http_record.h"
#include "core/call/requester.h"
#include "core/call/response_output.h"
#include "core/call/waterfall.h"
#include "core/expression/expression.h"
#include "core/http/request_parts.h"
#include "core/output/destination.h"
#include "core/runtime/environment.h"
#include "core/runtime/text.h"
#include "core/telemetry/context.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

// After the command's deadline, the time left to write the record that reports the timeout.
constexpr auto kReportTime = std::chrono::seconds(1);

// Prints answers.
class Printer {
 public:
  Printer(const GetOptions& options, const Context& context)
      : options_(options), context_(context) {
    if (options.output.format == OutputFormat::custom) {
      format_.emplace(options.output.format_string, http_fields());
    }
    if (options.response.jq) {
      jq_.emplace(*options.response.jq, "--jq");
    }
    destination_.emplace(options.output.file, context.environment, context.stop, context.deadline);
    bodies_.emplace(destination_->writer(),
                    ResponseOutput::Options{.head = options.include,
                                            .for_terminal = destination_->is_terminal(),
                                            .colored = context.color_stdout});
  }

  /// Takes a body as it comes, when bodies are printed unchanged; nullptr when records or the
  /// results of an expression are.
  [[nodiscard]] BodySink* sink() { return prints_bodies() ? &*bodies_ : nullptr; }

  /// Prints the answer and returns its error, if any.
  std::optional<Error> print(Answer answer) {
    if (options_.response.timing) {
      tell_timing(answer.record, context_.observer);
    }
    try {
      show(answer);
    } catch (const ReaderGone&) {
      if (!answer.error) {
        throw;
      }
    }
    has_output_ = has_output_ || !prints_bodies() || answer.complete;
    return std::move(answer.error);
  }

  /// Renames the output file into place, unless no response was complete.
  void finish() {
    if (has_output_) {
      destination_->commit();
    }
  }

 private:
  [[nodiscard]] bool prints_bodies() const {
    return options_.output.format == OutputFormat::raw && !jq_;
  }

  void show(Answer& answer) {
    if (!prints_bodies()) {
      append(destination_->writer().buffer(), answer);
    } else {
      if (!answer.streamed && answer.record.response.status != 0) {
        bodies_->begin(answer.record.response);
        bodies_->body(answer.record.body);
      }
      bodies_->end();
    }
    write_out(answer.error);
  }

  void append(std::string& out, Answer& answer) {
    const auto& record = answer.record;
    switch (options_.output.format) {
      case OutputFormat::raw:
        append_results(out, answer);
        break;
      case OutputFormat::json:
        append_http_json(out, record);
        out += '\n';
        break;
      case OutputFormat::custom:
        format_->append(out, record, destination_->is_terminal());
        break;
      default:
        append_http_text(out, record);
    }
  }

  // The expression expects a successful response; any other is printed unchanged.
  void append_results(std::string& out, Answer& answer) {
    if (answer.error) {
      const auto& body = answer.record.body;
      out += destination_->is_terminal() ? visible(body) : body;
      out += body.empty() || body.ends_with('\n') ? "" : "\n";
      return;
    }
    std::string results;
    try {
      jq_->append_results(results, answer.record.body);
    } catch (Error& error) {
      answer.error =
          error.add_context(fmt::format("{} {}", answer.record.method, answer.record.url))
              .add_hint("--format json shows what came");
      return;
    }
    out += destination_->is_terminal() ? visible(results) : results;
  }

  // Writes after a failure, too; a slow reader is then not reported on top of it.
  void write_out(const std::optional<Error>& error) {
    const auto now = context_.clock.now();
    const auto deadline =
        context_.deadline.passed(now) ? Deadline(now + kReportTime) : context_.deadline;
    if (!flush(destination_->writer(), deadline, context_.stop) && !error) {
      throw Error(Exit::timeout, "timed out while writing the response: its reader is too slow");
    }
  }

  const GetOptions& options_;
  const Context& context_;
  std::optional<FormatString<HttpRecord>> format_;
  std::optional<Expression> jq_;
  std::optional<Destination> destination_;
  std::optional<ResponseOutput> bodies_;
  bool has_output_ = false;
};

// The requests, each in the trace that the command's caller began.
std::vector<HttpRequest> make_traced_requests(const GetOptions& options, const TraceContext& trace,
                                              const Context& context) {
  auto requests = make_requests(options.request, options.method, context);
  const auto state = context.environment.get("TRACESTATE");
  if (!state || !trace.is_continued()) {
    return requests;
  }
  for (auto& request : requests) {
    check_header_value("tracestate", *state, "TRACESTATE");
    add_default_header(request, "tracestate", *state);
  }
  return requests;
}

Exit get_many(const std::vector<HttpRequest>& requests, const GetOptions& options,
              const TraceContext& trace, Printer& printer, const Context& context) {
  Tally outcomes;
  const auto& method = requests.front().method;
  const bool only_reads = method == "GET" || method == "HEAD";
  const auto take = [&](Answer answer) {
    std::optional<Error> error;
    try {
      error = printer.print(std::move(answer));
    } catch (const ReaderGone&) {
      if (only_reads) {
        throw;
      }
      // The other requests change something, so they are sent though nobody reads the output.
    }
    outcomes.add(error ? error->reason() : Exit::ok);
    if (error) {
      context.log.error(*error);
    }
  };
  try {
    ask_all(requests, options.concurrency.value_or(1), options.call_plan(), trace, context, take);
  } catch (const ReaderGone&) {
    if (outcomes.count(Exit::ok) == outcomes.total()) {
      throw;
    }
  }
  printer.finish();
  return exit_code(outcomes);
}

}  // namespace

Exit run_get(const GetOptions& options, const Context& context) {
  const TraceContext trace(context.environment.get("TRACEPARENT"));
  const auto requests = make_traced_requests(options, trace, context);
  Printer printer(options, context);
  if (requests.empty()) {
    throw Error(Exit::empty, "stdin has no URL");
  }
  if (requests.size() > 1) {
    return get_many(requests, options, trace, printer, context);
  }
  const auto plan = options.call_plan();
  Requester requester(plan, std::make_shared<DocumentFiles>(), trace, context);
  const auto error = printer.print(requester.ask(requests.front(), printer.sink()));
  printer.finish();
  if (error) {
    throw Error(*error);
  }
  return Exit::ok;
}

}  // namespace mscomm
