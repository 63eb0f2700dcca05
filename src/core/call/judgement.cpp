#include "core/call/judgement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/document/json_parser.h"
#include "core/document/json_value.h"
#include "core/expression/reach.h"
#include "core/http/redirect.h"
#include "core/http/request_parts.h"
#include "core/output/json_scan.h"
#include "core/runtime/long_step.h"
#include "core/runtime/redact.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

std::string header_value(const HttpResponse& response, std::string_view name) {
  const auto* const header = find_header(response.headers, name);
  return header == nullptr ? std::string() : header->value;
}

std::string wait_hint(const HttpResponse& response, std::string otherwise) {
  const auto wait = header_value(response, "retry-after");
  return wait.empty() ? std::move(otherwise)
                      : fmt::format("the server asks to come back later: Retry-After: {}", wait);
}

// A hint at the likeliest cause, by status (RFC 9110 section 15).
std::string status_hint(const HttpResponse& response) {
  if (is_redirect(response)) {
    return fmt::format("--location follows it to {}",
                       shown_url(header_value(response, "location")));
  }
  // nginx says so by 400, and 495 and 496 are its names for it.
  constexpr std::array kWithoutCertificate{400, 403, 495, 496};
  if (response.tls.misses_certificate &&
      std::ranges::find(kWithoutCertificate, response.status) != kWithoutCertificate.end()) {
    return "the server asks for a client certificate: --tls-cert, and --tls-key";
  }
  switch (response.status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return "it does not say where to: its Location is empty or missing";
    case 401:
      return "give credentials: --user NAME --password-file FILE, or --bearer-file FILE";
    case 403:
      return "the credentials, or their absence, do not allow this";
    case 404:
      return "is the path right? behind a gateway: does a route lead there?";
    case 405: {
      const auto allowed = header_value(response, "allow");
      return allowed.empty() ? std::string() : fmt::format("allowed here: {}", allowed);
    }
    case 407:
      return "the proxy wants credentials: http_proxy=http://USER:PASSWORD@PROXY:PORT";
    case 429:
      return wait_hint(response, "too many requests in too short a time");
    case 502:
      return "the gateway's upstream refused or broke the connection: is it running?";
    case 503:
      return wait_hint(response, "overloaded, or a gateway without a healthy upstream");
    case 504:
      return "the gateway's upstream did not answer within the gateway's own timeout";
    default:
      return {};
  }
}

// Once a status has said no, what becomes of the body does not change that.
bool is_about_body(const HttpFailure& failure) {
  return failure.fault != HttpFault::local && failure.fault != HttpFault::redirects;
}

std::string without_title(std::string_view message, std::string_view title) {
  const bool has_title = message.starts_with(title) && message.substr(title.size(), 2) == ": ";
  return std::string(has_title ? message.substr(title.size() + 2) : message);
}

}  // namespace

std::optional<Error> judge(const HttpExchange& exchange, const StatusSet& expected) {
  const auto& failure = exchange.failure;
  const auto& response = exchange.response;
  const bool is_expected = expected.contains(response.status);
  if (failure && (response.status == 0 || is_expected || !is_about_body(*failure))) {
    return Error(failure->reason, failure->message, failure->hint);
  }
  if (is_expected) {
    return std::nullopt;
  }
  const bool denied = response.status == 401 || response.status == 403 || response.status == 407;
  const auto title = exchange.request.title();
  auto what =
      fmt::format("{}{}{}", response.status, response.reason.empty() ? "" : " ", response.reason);
  const auto why = failure ? without_title(failure->message, title) : std::string();
  const bool tells_status = why.find(what) != std::string::npos;
  if (!why.empty()) {
    what = tells_status ? why : fmt::format("{}, and {}", what, why);
  }
  return Error(denied ? Exit::denied : Exit::failed, fmt::format("{}: {}", title, what),
               tells_status ? failure->hint : status_hint(response));
}

namespace {

JsonSchema read_schema(const std::string& path, const std::shared_ptr<DocumentFiles>& files) {
  SchemaOptions options;
  options.title = path;
  options.uri = file_uri(path);
  options.load = loader_of(files);
  return JsonSchema::compile(files->open(options.uri)->root(), options);
}

ApiHeaders api_headers(const HttpHeaders& headers) {
  ApiHeaders out;
  for (const auto& [name, value] : headers) {
    out.emplace_back(name, value);
  }
  return out;
}

// The request with the headers that are added on sending, except those that libcurl adds itself.
ApiRequest api_request(HttpRequest request) {
  add_default_header(request, "User-Agent", default_user_agent());
  add_default_header(request, "Accept", "*/*");
  auto body = request.body ? std::optional(*request.body) : std::nullopt;
  if (!request.form.empty()) {
    add_default_header(request, "Content-Type", "multipart/form-data");
    body = "a form";
  }
  return {request.method, request.url.text, api_headers(request.headers), std::move(body)};
}

Error with_lines(Error error, const std::vector<std::string>& lines) {
  for (const auto& line : lines) {
    error.add_line(line);
  }
  return error;
}

std::vector<std::string> naming_option(std::vector<std::string> violations) {
  for (auto& violation : violations) {
    violation.insert(0, "--openapi: ");
  }
  return violations;
}

std::string refusal_hint(const HttpRequest& request) {
  const auto query = request.url.text.find('?');
  return query != std::string::npos && request.url.text.find("%2C", query) != std::string::npos
             ? "--query encodes commas; one that separates items stands in the URL as it is"
             : "without --openapi it is sent as it is";
}

bool reads_body_of(const Assertion& assertion) {
  return may_read(assertion.text(), HttpRecordInput::body_members());
}

// Adds to an error of the check which option asked for it.
template <class Check>
std::vector<std::string> naming(std::string_view option, const Check& check) {
  try {
    return check();
  } catch (Error& error) {
    error.add_context(option);
    throw;
  }
}

std::vector<std::string> schema_violations(const JsonSchema& schema, std::string_view body) {
  JsonMistake mistake;
  const auto value = parse_json(body, mistake);
  if (!value) {
    return {fmt::format("--schema: the body {}", mistake.problem)};
  }
  std::vector<std::string> lines;
  for (const auto& violation : schema.validate(*value)) {
    lines.push_back(fmt::format("--schema: {} ({})", text_of(violation), violation.schema));
  }
  return lines;
}

}  // namespace

Judgement::Judgement(const Demands& demands, const std::shared_ptr<DocumentFiles>& files, Log log)
    : log_(log), expected_(demands.expected), limits_(demands.limits) {
  for (const auto& expression : demands.assertions) {
    assertions_.emplace_back(expression, limits_.for_expressions());
    assertions_read_body_ = assertions_read_body_ || reads_body_of(assertions_.back());
  }
  if (demands.schema) {
    schema_ = read_schema(*demands.schema, files);
  }
  if (demands.openapi) {
    openapi_.emplace(*demands.openapi, files);
  }
}

std::optional<Error> Judgement::refusal(const HttpRequest& request) {
  auto violations =
      openapi_ ? openapi_->check_request(api_request(request)) : std::vector<std::string>();
  if (violations.empty()) {
    return std::nullopt;
  }
  return with_lines(Error(Exit::violated, fmt::format("{}: not sent, since", request.title()),
                          refusal_hint(request)),
                    naming_option(std::move(violations)));
}

// A redirect may lead to another service, which the description does not cover.
std::vector<std::string> Judgement::openapi_violations(const HttpExchange& exchange,
                                                       const HttpRecord& record) {
  const auto& hops = record.redirects;
  std::optional<std::vector<std::string>> violations;
  if (hops.empty() || hops.front().origin == exchange.request.url.origin) {
    violations = openapi_->check_response(
        exchange.request.method, exchange.request.url.text,
        {exchange.response.status, api_headers(exchange.response.headers), record.body});
  }
  if (!violations) {
    log_.info("--openapi: the description has no word about {}, so its response is not judged",
              exchange.request.title());
  }
  return std::move(violations).value_or(std::vector<std::string>());
}

// The values of a document take many times the memory of its text.
void Judgement::check_memory(const HttpRecord& record) const {
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
  const auto memory = record.body.size() + scan_json(record.body).memory;
  if (memory > limits_.memory) {
    throw Error(Exit::unreachable,
                fmt::format("the values of the body would take up to {} MiB, more than {} MiB",
                            memory / kMiB + 1, limits_.memory / kMiB),
                "--max-size SIZE allows 32 times SIZE, 0 anything");
  }
}

// One line for each violation.
std::vector<std::string> Judgement::violations_of(const HttpExchange& exchange,
                                                  const HttpRecord& record) {
  std::vector<std::string> violations;
  if (openapi_ || schema_) {
    check_memory(record);
  }
  if (openapi_) {
    violations = naming("--openapi", [&] {
      const LongStep step("a document was validated", record.body.size());
      return naming_option(openapi_violations(exchange, record));
    });
  }
  if (schema_) {
    std::ranges::move(naming("--schema",
                             [&] {
                               const LongStep step("a document was validated", record.body.size());
                               return schema_violations(*schema_, record.body);
                             }),
                      std::back_inserter(violations));
  }
  if (assertions_.empty()) {
    return violations;
  }
  HttpRecordInput input(record);
  for (auto& assertion : assertions_) {
    if (auto violation = assertion.violation(input.input(reads_body_of(assertion)))) {
      violations.push_back(*std::move(violation));
    }
  }
  return violations;
}

std::optional<Error> Judgement::operator()(const HttpExchange& exchange, const HttpRecord& record) {
  static const auto any = StatusSet::parse("100-999", "");
  auto error = judge(exchange, expected_ ? *expected_ : any);
  if (exchange.failure || !reads_record()) {
    return error;
  }
  std::vector<std::string> violations;
  try {
    violations = violations_of(exchange, record);
  } catch (const Error& impossible) {
    if (error) {
      return error;
    }
    // After a redirect the description of another operation may have a mistake; 2 would say that
    // nothing was sent.
    return Error(impossible.reason() == Exit::usage ? Exit::partial : impossible.reason(),
                 fmt::format("{}: {}", exchange.request.title(), impossible.what()),
                 impossible.hint());
  }
  if (violations.empty()) {
    return error;
  }
  return with_lines(
      Error(worse(Exit::violated, error ? error->reason() : Exit::ok),
            error ? error->what()
                  : fmt::format("{}: {} {}, but", exchange.request.title(),
                                exchange.response.status, exchange.response.reason),
            error                 ? error->hint()
            : assertions_.empty() ? std::string()
                                  : "--format json shows the record that expressions look at"),
      violations);
}

}  // namespace mscomm
