#include "core/http/judgement.h"

#include <fmt/format.h>

#include "core/http/redirect.h"

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

// What to look at first, by status (RFC 9110 section 15).
std::string status_hint(const HttpResponse& response) {
  if (is_redirect(response)) {
    return fmt::format("--location follows it to {}", header_value(response, "location"));
  }
  switch (response.status) {
    case 401:
      return "give credentials: --user NAME --password-file FILE, or --bearer-file FILE";
    case 403:
      return "the credentials, or their absence, do not allow this";
    case 404:
      return "is the path right? behind a gateway: does a route lead there?";
    case 405:
      return fmt::format("allowed here: {}", header_value(response, "allow"));
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

}  // namespace

std::optional<Error> judge(const HttpExchange& exchange, const StatusSet& expected) {
  if (exchange.failure) {
    const auto& failure = *exchange.failure;
    return Error(failure.reason, failure.message, failure.hint);
  }
  const auto& response = exchange.response;
  if (expected.contains(response.status)) {
    return std::nullopt;
  }
  const bool denied = response.status == 401 || response.status == 403 || response.status == 407;
  return Error(denied ? Exit::denied : Exit::failed,
               fmt::format("{}: {}{}{}", exchange.request.title(), response.status,
                           response.reason.empty() ? "" : " ", response.reason),
               status_hint(response));
}

Judgement::Judgement(std::optional<StatusSet> expected, const std::vector<std::string>& assertions)
    : expected_(std::move(expected)) {
  for (const auto& expression : assertions) {
    assertions_.emplace_back(expression);
  }
}

std::optional<Error> Judgement::operator()(const HttpExchange& exchange, const HttpRecord& record) {
  static const auto any = StatusSet::parse("100-999", "");
  auto error = judge(exchange, expected_.value_or(any));
  if (exchange.failure || assertions_.empty()) {
    return error;
  }
  std::string json;
  append_http_json(json, record);
  std::string violations;
  for (auto& assertion : assertions_) {
    if (const auto violation = assertion.violation(json)) {
      violations += '\n' + *violation;
    }
  }
  if (violations.empty()) {
    return error;
  }
  return Error(worse(Exit::violated, error ? error->reason() : Exit::ok),
               error ? error->what() + violations
                     : fmt::format("{}: {} {}, but{}", exchange.request.title(),
                                   exchange.response.status, exchange.response.reason, violations),
               error ? error->hint() : "--format json shows the record that expressions look at");
}

}  // namespace mscomm
