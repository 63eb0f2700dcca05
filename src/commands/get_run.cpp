#include "commands/get_run.h"

#include "commands/answer_printer.h"
#include "commands/get_options.h"
#include "core/call/requester.h"
#include "core/http/request_parts.h"
#include "core/runtime/environment.h"
#include "core/telemetry/context.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

// One request after the other: bodies that are only printed need no memory. What changes something
// is done though nobody reads the output, so its bodies are not streamed.
void ask_in_turn(const std::vector<HttpRequest>& requests, const GetOptions& options,
                 bool only_reads, const TraceContext& trace, AnswerPrinter& printer,
                 const Context& context, const std::function<void(Answer)>& take) {
  const auto plan = options.call_plan();
  Requester requester(plan, std::make_shared<DocumentFiles>(), trace, context);
  for (const auto& request : requests) {
    BodyUse use(only_reads && printer.streams_to_stdout() ? printer.sink() : nullptr);
    use.is_recorded = printer.needs_body();
    take(requester.ask(request, std::move(use)));
  }
}

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
              const TraceContext& trace, AnswerPrinter& printer, const Context& context) {
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
    if (const auto at_once = options.concurrency.value_or(1); at_once > 1) {
      ask_all(requests, at_once, options.call_plan(), printer.needs_body(), trace, context, take);
    } else {
      ask_in_turn(requests, options, only_reads, trace, printer, context, take);
    }
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
  AnswerPrinter printer(options, context);
  if (requests.empty()) {
    throw Error(Exit::empty, "stdin has no URL");
  }
  if (requests.size() > 1) {
    return get_many(requests, options, trace, printer, context);
  }
  const auto plan = options.call_plan();
  const auto read = document_reader(context.patience());
  Requester requester(plan, std::make_shared<DocumentFiles>(read), trace, context);
  BodyUse use(printer.sink());
  use.is_recorded = printer.needs_body();
  const auto error = printer.print(requester.ask(requests.front(), std::move(use)));
  printer.finish();
  if (error) {
    throw Error(*error);
  }
  return Exit::ok;
}

}  // namespace mscomm
