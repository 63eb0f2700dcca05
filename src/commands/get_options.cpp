#include "commands/get_options.h"

#include "core/runtime/error.h"

namespace mscomm {
namespace {

void validate_load(const GetOptions& options) {
  const auto& load = options.load;
  static_cast<void>(load.objectives());  // a bad objective fails before anything is sent
  const auto summary = options.output.file.value_or("-");
  if (load.report && load.report->path == summary) {
    throw Error(Exit::usage, "--report needs a file of its own",
                "the summary goes to stdout or --out");
  }
  if (load.duration && *load.duration <= Duration::zero()) {
    throw Error(Exit::usage, "--duration: it must be more than 0");
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
}

CallPlan GetOptions::call_plan() const {
  CallPlan plan;
  plan.client = client_options(request, method);
  plan.client.max_body_bytes = max_size.value_or(0);
  plan.demands = {response.successes(), response.assertions, response.schema, response.openapi,
                  BodyLimits::of(max_size)};
  if (response.breaker.wanted) {
    plan.circuit = response.breaker.circuit;
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
