#include "commands/get.h"

#include <unistd.h>

#include <memory>

#include "commands/option_types.h"
#include "commands/output_options.h"
#include "commands/request_options.h"
#include "core/http/http_record.h"
#include "core/http/judgement.h"
#include "core/http/redirect.h"
#include "core/http/response_output.h"
#include "core/output/output_file.h"
#include "core/runtime/context.h"
#include "core/runtime/environment.h"
#include "core/runtime/error.h"
#include "core/runtime/poll.h"

namespace mscomm {
namespace {

struct GetOptions {
  std::string method;
  RequestOptions request;
  OutputOptions output;
  bool include = false;
  bool follow = false;
  unsigned max_redirects = 10;
  StatusSet expected;
};

// After a timeout, how long the record that reports it may take to be written.
constexpr auto kReportTime = std::chrono::seconds(1);

// Where the output goes: stdout, or a file that appears when all is done.
class Destination {
 public:
  Destination(const OutputOptions& options, const Context& context) {
    if (options.file && *options.file != "-") {
      file_ = std::make_unique<OutputFile>(*options.file);
      writer_ = std::make_unique<Writer>(file_->fd(), *options.file, context.stop);
    } else {
      writer_ = std::make_unique<Writer>(STDOUT_FILENO, "stdout", context.stop);
      is_terminal_ = context.environment.stdout_is_terminal;
    }
  }

  [[nodiscard]] Writer& writer() { return *writer_; }
  [[nodiscard]] bool is_terminal() const { return is_terminal_; }

  void commit() {
    if (file_) {
      file_->commit();
    }
  }

 private:
  std::unique_ptr<OutputFile> file_;
  std::unique_ptr<Writer> writer_;
  bool is_terminal_ = false;
};

// One run of get, post, …
class Get {
 public:
  Get(const GetOptions& options, const Context& context) : options_(options), context_(context) {
    if (options.output.format == OutputFormat::custom) {
      format_.emplace(options.output.format_string, http_fields());
    }
    exchange_.request = make_request(options.request, options.method, context);
    exchange_.deadline = context.deadline;
    client_ = make_curl_client(options.request.client, context.log, context.stop);
    destination_.emplace(options.output, context);
  }

  Exit run() {
    if (options_.output.format == OutputFormat::raw) {
      pass_on();
    } else {
      report();
    }
    return Exit::ok;
  }

 private:
  std::optional<Error> perform() {
    try {
      perform_following(*client_, exchange_, options_.follow, options_.max_redirects, hops_);
    } catch (const ReaderGone&) {
      // It left a body, so the status is known, and whoever set pipefail asks for it.
      if (const auto error = judge(exchange_, options_.expected)) {
        throw *error;
      }
      throw;
    }
    return judge(exchange_, options_.expected);
  }

  // The body as it comes in; nothing of it stays in memory.
  void pass_on() {
    ResponseOutput sink(destination_->writer(),
                        {.head = options_.include, .for_terminal = destination_->is_terminal()});
    exchange_.sink = &sink;
    const auto error = perform();
    sink.end();
    write_out(error);
    if (!exchange_.failure) {
      destination_->commit();
    }
    if (error) {
      throw *error;
    }
  }

  // A record of the whole exchange, also of one that failed.
  void report() {
    MemorySink sink;
    exchange_.sink = &sink;
    const auto error = perform();
    HttpRecord record;
    record.method = exchange_.request.method;
    record.url = exchange_.request.url.shown;
    record.outcome = error ? error->reason() : Exit::ok;
    record.error = error ? error->what() : "";
    record.response = std::move(exchange_.response);
    record.body = std::move(sink.bytes);
    record.redirects = std::move(hops_);
    append(destination_->writer().buffer(), record);
    write_out(error);
    destination_->commit();
    if (error) {
      throw *error;
    }
  }

  void append(std::string& out, const HttpRecord& record) const {
    switch (options_.output.format) {
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

  // Also what came of a response that failed; then its reader's slowness or absence
  // is not the news.
  void write_out(const std::optional<Error>& error) {
    const auto now = context_.clock.now();
    const auto deadline =
        context_.deadline.passed(now) ? Deadline(now + kReportTime) : context_.deadline;
    try {
      if (!flush(destination_->writer(), deadline, context_.stop) && !error) {
        throw Error(Exit::timeout, "timed out while writing the response: its reader is too slow");
      }
    } catch (const ReaderGone&) {
      if (!error) {
        throw;
      }
    }
  }

  const GetOptions& options_;
  const Context& context_;
  std::optional<FormatString<HttpRecord>> format_;
  HttpExchange exchange_;
  std::vector<HttpHop> hops_;
  std::unique_ptr<HttpClient> client_;
  std::optional<Destination> destination_;
};

void bind_response_options(CLI::App& app, GetOptions& options) {
  OptionGroup response(app, "Response");
  response.custom("--expect", "LIST",
                  "the statuses that are a success, for example 200,404 or 2xx or 200-299; "
                  "by default 2xx",
                  [&options](const std::string& value, const std::string& what) {
                    options.expected = StatusSet::parse(value, what);
                  });
  response.flag("-L,--location", options.follow,
                "follow redirects; credentials stay with their scheme, host and port");
  response.number("--max-redirs", options.max_redirects, "N", "follow at most so many", 0U, 1000U);
  response.flag("-i,--include", options.include, "print status line and headers before the body");
  response.size("--max-size", options.request.client.max_body_bytes,
                "give up on a larger body; 0 for no limit");
}

Runner bind(CLI::App& app, const std::string& method) {
  const auto options = std::make_shared<GetOptions>();
  options->method = method;
  options->include = method == "HEAD";
  bind_request_options(app, options->request);
  bind_response_options(app, *options);
  bind_output_options(app, options->output, "'{status} {total_ms}\\n'");
  return [options](const Context& context) { return Get(*options, context).run(); };
}

}  // namespace

Runner bind_get(CLI::App& app) {
  set_examples(app, {"mscomm get http://service-b/api/data",
                     "mscomm get :8080/health --format '{status} {total_ms}\\n'",
                     "mscomm get https://api.example/me --bearer-file token",
                     "mscomm get :8080/old -L --expect 200,404"});
  return bind(app, "GET");
}

Runner bind_post(CLI::App& app) {
  set_examples(app, {"mscomm post :8080/api/orders --json '{\"item\":7}'",
                     "mscomm post :8080/login -d name=me -d pin=1234",
                     "make-report | mscomm post :8080/reports -H 'Content-Type: text/csv' -d @-"});
  return bind(app, "POST");
}

Runner bind_put(CLI::App& app) {
  set_examples(app, {"mscomm put :8080/api/orders/7 --json @order.json",
                     "mscomm put :8080/files/logo -H 'Content-Type: image/png' -d @logo.png",
                     "mscomm put :8080/flags/beta --expect 201,204"});
  return bind(app, "PUT");
}

Runner bind_patch(CLI::App& app) {
  set_examples(app, {"mscomm patch :8080/api/orders/7 --json '{\"paid\":true}'",
                     "mscomm patch :8080/api/orders/7 -H 'If-Match: \"5\"' --json @change.json",
                     "mscomm patch :8080/api/orders/7 -d @change.diff -H Content-Type:text/plain"});
  return bind(app, "PATCH");
}

Runner bind_delete(CLI::App& app) {
  set_examples(
      app, {"mscomm delete :8080/api/orders/7", "mscomm delete :8080/api/orders/7 --expect 2xx,404",
            "mscomm delete :8080/api/orders --query before=2026-01-01"});
  return bind(app, "DELETE");
}

Runner bind_head(CLI::App& app) {
  set_examples(app, {"mscomm head :8080/files/logo",
                     "mscomm head https://api.example/ --format '{headers.etag}\\n'",
                     "mscomm head :8080/files/logo --expect 2xx,304"});
  return bind(app, "HEAD");
}

std::vector<FieldHelp> get_field_help() { return field_help(http_fields()); }

}  // namespace mscomm
