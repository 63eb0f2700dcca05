#include "commands/get_run.h"

#include <fmt/format.h>
#include <memory>

#include "commands/destination.h"
#include "commands/get_load.h"
#include "commands/get_options.h"
#include "core/call/http_record.h"
#include "core/call/judgement.h"
#include "core/call/requester.h"
#include "core/call/response_output.h"
#include "core/call/waterfall.h"
#include "core/expression/expression.h"
#include "core/http/request_parts.h"
#include "core/runtime/environment.h"
#include "core/runtime/files.h"
#include "core/runtime/ordered_workers.h"
#include "core/runtime/random_id.h"
#include "core/runtime/text.h"
#include "core/telemetry/context.h"
#include "core/telemetry/log.h"
#include "core/telemetry/watchdog.h"

namespace mscomm {
namespace {

// After a timeout, how long the record that reports it may take to be written.
constexpr auto kReportTime = std::chrono::seconds(1);

// Asks, in one thread.
class Asker {
 public:
  Asker(const GetOptions& options, const std::shared_ptr<DocumentFiles>& files,
        const TraceContext& trace, const Context& context)
      : options_(options),
        trace_(trace),
        context_(context),
        judgement_({options.response.successes(), options.response.assertions,
                    options.response.schema, options.response.openapi},
                   files, context.log),
        client_(make_curl_client(client_options(options.request, options.method), context.log,
                                 context.stop)) {
    if (options.response.until) {
      until_.emplace(*options.response.until, "--until");
    }
    if (options.response.breaker) {
      circuits_.emplace(BreakerStore::open(context.environment, context.log));
    }
  }

  Answer ask(const RequestPlan& plan, BodySink* sink) {
    RequestHooks hooks;
    hooks.judge = [this](const auto& exchange, const auto& record) {
      return judgement_(exchange, record);
    };
    hooks.reads_body = judgement_.reads_body();
    if (options_.response.openapi) {
      hooks.refusal = [this](const HttpRequest& request) { return judgement_.refusal(request); };
    }
    if (until_) {
      hooks.awaited = [this](const HttpRecord& record) {
        std::string json;
        append_http_json(json, record);
        return holds_now(json);
      };
    }
    std::optional<Breaker> breaker;
    if (circuits_) {
      const auto& key = options_.response.circuit.value_or(plan.request.url.origin);
      hooks.breaker = &breaker.emplace(*circuits_, key, options_.response.breaking, context_.clock,
                                       context_.log);
      hooks.breaking = options_.response.breaking_failures;
    }
    return request(*client_, plan, hooks, sink, trace_, context_);
  }

 private:
  // While a service starts, its answers may have another shape.
  bool holds_now(const std::string& record) {
    try {
      return until_->holds(record);
    } catch (const Error& error) {
      if (std::exchange(last_problem_, error.what()) != error.what()) {
        context_.log.warning("{}: it does not hold yet", error.what());
      }
      return false;
    }
  }

  const GetOptions& options_;
  const TraceContext& trace_;
  const Context& context_;
  Judgement judgement_;
  std::optional<BreakerStore> circuits_;
  std::optional<Expression> until_;
  std::string last_problem_;
  std::unique_ptr<HttpClient> client_;
};

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
    destination_.emplace(options.output, context);
    bodies_.emplace(destination_->writer(),
                    ResponseOutput::Options{.head = options.include,
                                            .for_terminal = destination_->is_terminal(),
                                            .colored = context.color_stdout});
  }

  /// Takes a body as it comes, where bodies are the output, and not records or what an expression
  /// makes of them; else null.
  [[nodiscard]] BodySink* sink() { return prints_bodies() ? &*bodies_ : nullptr; }

  /// What is wrong with the answer in the end.
  std::optional<Error> print(Answer answer) {
    if (options_.response.timing) {
      context_.log.summary(waterfall(answer.record), LogLevel::info,
                           fmt::format(R"("total_ms":{:.3f})", total_ms(answer.record)));
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

  /// Makes the file appear, unless no response came whole.
  void finish() {
    if (has_output_) {
      destination_->commit();
    }
  }

 private:
  [[nodiscard]] bool prints_bodies() const {
    return options_.output.format == OutputFormat::raw && !jq_;
  }

  static double total_ms(const HttpRecord& record) {
    return std::chrono::duration<double, std::milli>(record.total()).count();
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

  // The expression is made for a success; another response is shown as it is.
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

  // Also what came of a response that failed; then its reader's slowness is not the news.
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

std::vector<RequestPlan> make_plans(const GetOptions& options, const TraceContext& trace,
                                    const Context& context) {
  const auto& response = options.response;
  const auto state = context.environment.get("TRACESTATE");
  std::vector<RequestPlan> plans;
  for (auto& request : make_requests(options.request, options.method, context)) {
    auto& plan = plans.emplace_back();
    plan.request = std::move(request);
    plan.follow = response.follow;
    plan.max_redirects = response.max_redirects;
    plan.retry = response.retry;
    plan.request_timeout = response.request_timeout;
    plan.poll_every = response.every.value_or(plan.poll_every);
    if (response.idempotency_key) {
      const bool random = *response.idempotency_key == "auto";
      add_default_header(plan.request, "Idempotency-Key",
                         random ? random_uuid() : *response.idempotency_key);
      plan.retry.unsafe = true;
    }
    if (state && trace.is_continued()) {
      check_header_value("tracestate", *state, "TRACESTATE");
      add_default_header(plan.request, "tracestate", *state);
    }
  }
  return plans;
}

Exit get_many(const std::vector<RequestPlan>& plans, const GetOptions& options,
              const TraceContext& trace, Printer& printer, const Context& context) {
  const auto at_once = std::min<std::size_t>(plans.size(), options.concurrency.value_or(1));
  if (at_once > 1) {
    constexpr std::size_t kFilesOfAWorker = 4;  // what its client waits with, and its connection
    allow_open_files(at_once * kFilesOfAWorker, fmt::format("{} URLs at once", at_once));
  }
  Tally outcomes;
  const auto files = std::make_shared<DocumentFiles>();  // read once for all threads
  OrderedWorkers<Answer> workers(plans.size(), at_once, [&] {
    return [&, asker = std::make_shared<Asker>(options, files, trace, context)](std::size_t i) {
      return asker->ask(plans[i], nullptr);
    };
  });
  const auto& method = plans.front().request.method;
  const bool only_reads = method == "GET" || method == "HEAD";
  const auto take = [&](Answer answer) {
    std::optional<Error> error;
    try {
      error = printer.print(std::move(answer));
    } catch (const ReaderGone&) {
      if (only_reads) {
        throw;
      }
      // What changes something was asked for not only to be read.
    }
    outcomes.add(error ? error->reason() : Exit::ok);
    if (error) {
      context.log.error(*error);
    }
  };
  try {
    workers.run(take);
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
  options.validate();
  std::optional<Watchdog> watchdog;
  if (options.response.jq || options.response.until || !options.response.assertions.empty()) {
    watchdog.emplace(context, "a jq program", &Expression::is_any_running);
  }
  if (options.load.is_wanted()) {
    return run_load(options, context);
  }
  const TraceContext trace(context.environment.get("TRACEPARENT"));
  const auto plans = make_plans(options, trace, context);
  Printer printer(options, context);
  if (plans.empty()) {
    throw Error(Exit::empty, "stdin has no URL");
  }
  if (plans.size() > 1) {
    return get_many(plans, options, trace, printer, context);
  }
  Asker asker(options, std::make_shared<DocumentFiles>(), trace, context);
  const auto error = printer.print(asker.ask(plans[0], printer.sink()));
  printer.finish();
  if (error) {
    throw *error;
  }
  return Exit::ok;
}

}  // namespace mscomm
