#include "core/call/circuits.h"

#include "core/http/retry_after.h"

namespace mscomm {
namespace {

CallOutcome outcome_of(const HttpExchange& exchange, const FailureSet& failures) {
  if (failures.contains(exchange)) {
    return CallOutcome::failure;
  }
  return exchange.failure ? CallOutcome::ignored : CallOutcome::success;
}

}  // namespace

Circuits::Circuits(const std::optional<CircuitPlan>& plan, Breaker::Sharing sharing,
                   const Context& context)
    : plan_(plan), sharing_(sharing), context_(context) {
  if (plan) {
    store_ = BreakerStore::open(context.environment, context.observer);
  }
}

Permit Circuits::acquire(const HttpRequest& request) {
  return exist() ? breaker_of(request).acquire() : Permit();
}

Error Circuits::refusal(const HttpRequest& request, const Permit& permit) {
  return breaker_of(request).refusal(permit);
}

void Circuits::record(const HttpRequest& request, const Permit& permit,
                      const HttpExchange& exchange, Duration took, std::string_view error) {
  if (!exist()) {
    return;
  }
  CallReport report{outcome_of(exchange, plan_->failures), took, {}, std::string(error)};
  if (report.outcome == CallOutcome::failure) {
    report.retry_after = retry_after(exchange.response, context_.clock.wall());
  }
  breaker_of(request).record(permit, report);
}

void Circuits::give_up(const HttpRequest& request, const Permit& permit) {
  if (exist()) {
    breaker_of(request).record(permit, {.outcome = CallOutcome::ignored});
  }
}

void Circuits::persist() {
  for (auto& [key, breaker] : breakers_) {
    breaker.persist();
  }
}

Breaker& Circuits::breaker_of(const HttpRequest& request) {
  const auto& key = plan_->name ? *plan_->name : request.url.origin;
  const auto found = breakers_.find(key);
  return found != breakers_.end() ? found->second
                                  : breakers_
                                        .try_emplace(key, *store_, key, plan_->parameters,
                                                     context_.clock, context_.observer, sharing_)
                                        .first->second;
}

}  // namespace mscomm
