#include "core/call/retry.h"

namespace mscomm {
namespace {

// Nothing was sent when the service was not reached, so any method is safe to retry.
bool was_not_sent(const HttpExchange& exchange) {
  return exchange.failure && (exchange.failure->fault == HttpFault::resolve ||
                              exchange.failure->fault == HttpFault::connect);
}

}  // namespace

bool is_worth_retrying(const RetryPolicy& policy, const HttpExchange& exchange,
                       std::uint32_t attempts) {
  const bool is_safe =
      policy.unsafe || is_idempotent(exchange.request.method) || was_not_sent(exchange);
  return attempts <= policy.retries && is_safe && policy.failures.contains(exchange);
}

}  // namespace mscomm
