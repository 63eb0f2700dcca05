#include "commands/get_options.h"

#include <fmt/format.h>

#include <utility>

#include "core/runtime/error.h"

namespace mscomm {
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

// Options that say nothing without a load run, and those that a load run leaves no sense.
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

void refuse_what_jq_replaces(const GetOptions& options) {
  for (const auto& [given, option] :
       {std::pair(options.output.format != OutputFormat::raw, "--format"),
        {options.include && options.method != "HEAD", "--include"}}) {
    if (options.response.jq && given) {
      throw Error(Exit::usage, fmt::format("--jq and {} contradict each other", option),
                  "'--format json | jq' works on the whole record");
    }
  }
}

}  // namespace

void GetOptions::validate() const {
  response.validate();
  validate_load(*this);
  if (request.urls.empty()) {
    throw Error(Exit::usage, "there is no URL",
                "for example :8080/health, or - for those of stdin");
  }
  if (!load.is_wanted()) {
    refuse_what_jq_replaces(*this);
  }
}

CallPlan GetOptions::call_plan() const {
  CallPlan plan;
  plan.client = client_options(request, method);
  plan.demands = {response.successes(), response.assertions, response.schema, response.openapi};
  if (response.breaker) {
    plan.circuit = {response.circuit, response.breaking, response.breaking_failures};
  }
  if (response.idempotency_key) {
    plan.idempotency_key = response.idempotency_key == "auto" ? "" : *response.idempotency_key;
  }
  plan.request_timeout = response.request_timeout;
  plan.follow = response.follow;
  plan.max_redirects = response.max_redirects;
  plan.retry = response.retry;
  if (response.until) {
    auto& until = plan.until.emplace();
    until.condition = *response.until;
    until.every = response.every.value_or(until.every);
  }
  return plan;
}

}  // namespace mscomm
