#include "commands/options/response_options.h"

#include <array>

#include "commands/line/option_types.h"
#include "commands/options/backoff_options.h"
#include "core/http/request_parts.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

constexpr std::array kRetryAfter{Choice<bool>{"honor", true}, Choice<bool>{"ignore", false}};

}  // namespace

void ResponseOptions::validate() const {
  if (request_timeout && *request_timeout == Duration::zero()) {
    throw Error(Exit::usage, "--request-timeout: it must be more than 0");
  }
  if (every && *every == Duration::zero()) {
    throw Error(Exit::usage, "--every: it must be more than 0");
  }
  breaker.validate();
}

// With --until the condition, not the status, decides what a success is.
std::optional<StatusSet> ResponseOptions::successes() const {
  return expected || until ? expected : StatusSet();
}

void bind_judgement_options(CommandLine& line, ResponseOptions& options) {
  OptionGroup judgement(line, "Judgement");
  judgement.custom("--expect", "LIST",
                   "the statuses that are a success, for example 200,404 or 2xx or 200-299; "
                   "by default 2xx",
                   [&options](const std::string& value, const std::string& what) {
                     options.expected = StatusSet::parse(value, what);
                   });
  judgement.text("--schema", options.schema, "FILE",
                 "the JSON Schema that the body must keep: 2020-12, draft 7 or draft 4; all of its "
                 "violations are told");
  judgement.text(
      "--openapi", options.openapi, "FILE",
      "the OpenAPI description (3.0 or 3.1, JSON or YAML) that request and response must "
      "keep: a request that does not is not sent");
  judgement.list("--assert", options.assertions, "EXPR",
                 "what must hold for the response: a jq expression over the record that --format "
                 "json prints, for example '.json.status == \"UP\" and .total_ms < 300'");
}

void bind_resilience_options(CommandLine& line, ResponseOptions& options) {
  auto& retry = options.retry;
  OptionGroup group(line, "Resilience");
  group.duration("--request-timeout", options.request_timeout,
                 "give up on an attempt that takes longer; under load by default 30s");
  group.number("--retry", retry.retries, "N",
               "send it again up to N times when it failed for one of the reasons of --retry-on",
               0U, 1000U);
  const Relation retries{Relation::Kind::needs, {"--retry"}};
  line.each(retries, [&] {
    group
        .custom("--retry-on", "LIST",
                "the reasons: statuses, connect, dns, tls, reset (the connection broke off), "
                "timeout",
                [&retry](const std::string& value, const std::string& what) {
                  retry.failures = FailureSet::parse(value, what);
                })
        .defaults_to(std::string(kRetryOn));
  });
  bind_backoff_options(group, retry.backoff, "a retry");
  line.each(retries, [&] {
    group.choice("--retry-after", retry.honours_retry_after, kRetryAfter, "WHAT",
                 "honor: wait as long as a response's Retry-After says instead; ignore");
    group.duration("--retry-max-time", retry.max_time, "begin no attempt later than that");
    group.flag("--retry-unsafe", retry.unsafe,
               "also send a POST or PATCH again that may have arrived, and may then be done twice");
  });
  group.custom(
      "--idempotency-key", "KEY|auto",
      "send this, or a random one, as Idempotency-Key, the same with each attempt; methods "
      "that are not idempotent are then sent again, too",
      [&options](const std::string& value, const std::string& what) {
        check_header_value("Idempotency-Key", value, what);
        options.idempotency_key = value;
      });
  group
      .text("--until", options.until, "EXPR",
            "ask again until this jq expression holds for the record; without --timeout for 5m")
      .excludes({"--retry!=0"}, "--until asks again after every response and every failure");
  group.duration("--every", options.every, "the pause between two of them, by default 1s")
      .needs({"--until"});
}

}  // namespace mscomm
