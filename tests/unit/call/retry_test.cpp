#include "core/call/retry.h"

#include <gmock/gmock.h>

namespace mscomm {
namespace {

HttpExchange answered(int status) {
  HttpExchange exchange;
  exchange.response.status = status;
  return exchange;
}

HttpExchange failed(HttpFault fault) {
  HttpExchange exchange;
  exchange.failure.emplace().fault = fault;
  return exchange;
}

RetryPolicy twice() {
  RetryPolicy policy;
  policy.retries = 2;
  return policy;
}

TEST(Retry, IsForWhatMayPass) {
  const auto policy = twice();
  for (const int status : {408, 429, 500, 502, 503, 504, 599}) {
    EXPECT_TRUE(is_worth_retrying(policy, answered(status), 1)) << status;
  }
  for (const int status : {200, 301, 400, 401, 404, 409, 422}) {
    EXPECT_FALSE(is_worth_retrying(policy, answered(status), 1)) << status;
  }
  for (const auto fault : {HttpFault::connect, HttpFault::reset, HttpFault::timeout}) {
    EXPECT_TRUE(is_worth_retrying(policy, failed(fault), 1));
  }
  for (const auto fault : {HttpFault::resolve, HttpFault::tls, HttpFault::protocol,
                           HttpFault::too_large, HttpFault::redirects, HttpFault::local}) {
    EXPECT_FALSE(is_worth_retrying(policy, failed(fault), 1));
  }
}

TEST(Retry, EndsAfterSoMany) {
  EXPECT_TRUE(is_worth_retrying(twice(), answered(503), 2));
  EXPECT_FALSE(is_worth_retrying(twice(), answered(503), 3));
  EXPECT_FALSE(is_worth_retrying(RetryPolicy(), answered(503), 1));
}

TEST(Retry, LeavesMethodsAloneThatAreNotIdempotent) {
  auto exchange = answered(503);
  for (const auto* method : {"POST", "PATCH", "get", "LOCK"}) {
    exchange.request.method = method;
    EXPECT_FALSE(is_worth_retrying(twice(), exchange, 1)) << method;
  }
  auto policy = twice();
  policy.unsafe = true;
  EXPECT_TRUE(is_worth_retrying(policy, exchange, 1));
  for (const auto* method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"}) {
    exchange.request.method = method;
    EXPECT_TRUE(is_worth_retrying(twice(), exchange, 1)) << method;
  }
}

TEST(Retry, ReasonsReplaceTheDefaults) {
  auto policy = twice();
  policy.failures = FailureSet::parse("dns, tls,404", "--retry-on");
  EXPECT_TRUE(is_worth_retrying(policy, answered(404), 1));
  EXPECT_FALSE(is_worth_retrying(policy, answered(503), 1));
  EXPECT_TRUE(is_worth_retrying(policy, failed(HttpFault::resolve), 1));
  EXPECT_FALSE(is_worth_retrying(policy, failed(HttpFault::connect), 1));
}

}  // namespace
}  // namespace mscomm
