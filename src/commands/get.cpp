#include "commands/get.h"

#include <memory>

#include "commands/get_load.h"
#include "commands/get_options.h"
#include "commands/get_run.h"
#include "commands/line/option_types.h"
#include "core/call/http_record.h"
#include "core/expression/watchdog.h"
#include "core/load/load_summary.h"

namespace mscomm {
namespace {

constexpr std::string_view kWholeRecord = "'--format json | jq' works on the whole record";

void bind_response_options(CommandLine& line, GetOptions& options) {
  OptionGroup response(line, "Response");
  response.flag("-L,--location", options.response.follow,
                "follow redirects; credentials stay with their scheme, host and port");
  response
      .number("--max-redirs", options.response.max_redirects, "N", "follow at most so many", 0U,
              1000U)
      .needs({"--location"});
  auto include = response.flag("-i,--include", options.include,
                               "print status line and headers before the body");
  if (options.method != "HEAD") {  // HEAD has nothing else to print
    include.excludes({"--requests", "--duration"}, "a load run prints its summary alone")
        .excludes({"--jq"}, kWholeRecord);
  }
  response
      .text("--jq", options.response.jq, "EXPR",
            "print what 'jq -rc EXPR' makes of the body; not with --format or --include")
      .excludes({"--format!=raw"}, kWholeRecord);
  response.flag("--timing", options.response.timing,
                "draw on stderr what took how long, redirects included");
  response.size(
      "--max-size", options.max_size,
      "give up on a larger body; 0 for no limit; by default 32MiB of what --format, --jq, "
      "--assert or a schema has to keep in memory, and none of what is only printed");
}

Exit run(const GetOptions& options, const Context& context) {
  options.validate();
  std::optional<Watchdog> watchdog;
  const auto& response = options.response;
  if (response.jq || response.until || !response.assertions.empty() || response.schema ||
      response.openapi) {
    watchdog.emplace(context);
  }
  return options.load.is_wanted() ? run_load(options, context) : run_get(options, context);
}

Runner bind(CommandLine& line, const std::string& method) {
  const auto options = std::make_shared<GetOptions>();
  options->method = method;
  options->include = method == "HEAD";
  bind_request_options(line, options->request, method);
  OptionGroup many(line, "Several URLs");
  many.number(
      "-c,--concurrency", options->concurrency, "N",
      "ask so many at once, by default one; what they answer is printed in the order of the "
      "URLs; under load 50",
      1U, 1000U);
  bind_response_options(line, *options);
  bind_judgement_options(line, options->response);
  bind_resilience_options(line, options->response);
  bind_breaker_options(line, options->response.breaker);
  bind_load_options(line, options->load);
  bind_output_options(line, options->output,
                      {"'{status} {total_ms}\\n'",
                       "write to this file instead of stdout; it is replaced by the whole body of "
                       "a success, or by whole records, and by nothing else"});
  return [options](const Context& context) { return run(*options, context); };
}

}  // namespace

Runner bind_get(CommandLine& line) {
  set_examples(line, {"mscomm get http://service-b/api/data",
                      "mscomm get :8080/health --format '{status} {total_ms}\\n'",
                      "mscomm get https://api.example/me --bearer-file token",
                      "mscomm get :8080/old -L --expect 200,404",
                      "mscomm get :8080/api/data --rate 200/s --duration 30s --slo 'p99<150ms'"});
  return bind(line, "GET");
}

Runner bind_post(CommandLine& line) {
  set_examples(line, {"mscomm post :8080/api/orders --json '{\"item\":7}'",
                      "mscomm post :8080/login -d name=me -d pin=1234",
                      "make-report | mscomm post :8080/reports -H 'Content-Type: text/csv' -d @-"});
  return bind(line, "POST");
}

Runner bind_put(CommandLine& line) {
  set_examples(line, {"mscomm put :8080/api/orders/7 --json @order.json",
                      "mscomm put :8080/files/logo -H 'Content-Type: image/png' -d @logo.png",
                      "mscomm put :8080/flags/beta --expect 201,204"});
  return bind(line, "PUT");
}

Runner bind_patch(CommandLine& line) {
  set_examples(line,
               {"mscomm patch :8080/api/orders/7 --json '{\"paid\":true}'",
                "mscomm patch :8080/api/orders/7 -H 'If-Match: \"5\"' --json @change.json",
                "mscomm patch :8080/api/orders/7 -d @change.diff -H Content-Type:text/plain"});
  return bind(line, "PATCH");
}

Runner bind_delete(CommandLine& line) {
  set_examples(line, {"mscomm delete :8080/api/orders/7",
                      "mscomm delete :8080/api/orders/7 --expect 2xx,404",
                      "mscomm delete :8080/api/orders --query before=2026-01-01"});
  return bind(line, "DELETE");
}

Runner bind_head(CommandLine& line) {
  set_examples(line, {"mscomm head :8080/files/logo",
                      "mscomm head https://api.example/ --format '{headers.etag}\\n'",
                      "mscomm head :8080/files/logo --expect 2xx,304"});
  return bind(line, "HEAD");
}

std::vector<FieldHelp> get_field_help() { return field_help(http_fields()); }
std::vector<FieldHelp> load_field_help() { return field_help(load_fields()); }

}  // namespace mscomm
