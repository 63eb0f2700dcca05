#include <gmock/gmock.h>

#include "core/call/retry.h"
#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;
using test::error_of;
using testing::HasSubstr;
using testing::Optional;

Backoff without_jitter() { return {100ms, 1000ms, Jitter::none}; }

TEST(Backoff, DoublesUpToTheLongest) {
  std::mt19937 random;
  const auto backoff = without_jitter();
  EXPECT_EQ(backoff.pause_after(1, random), 100ms);
  EXPECT_EQ(backoff.pause_after(2, random), 200ms);
  EXPECT_EQ(backoff.pause_after(4, random), 800ms);
  EXPECT_EQ(backoff.pause_after(5, random), 1000ms);
  EXPECT_EQ(backoff.pause_after(4'000'000'000, random), 1000ms);
}

TEST(Backoff, FullJitterUsesTheWholeRange) {
  std::mt19937 random(7);
  auto backoff = without_jitter();
  backoff.jitter = Jitter::full;
  Duration least = 1h;
  Duration most{};
  for (int i = 0; i < 1000; ++i) {
    const auto pause = backoff.pause_after(4, random);
    least = std::min(least, pause);
    most = std::max(most, pause);
  }
  EXPECT_LT(least, 20ms);
  EXPECT_GT(most, 780ms);
  EXPECT_LE(most, 800ms);
}

TEST(Backoff, IsReadAsARangeOrAsOnePause) {
  Backoff backoff;
  parse_backoff(backoff, "50ms..2s", "--backoff");
  EXPECT_EQ(backoff.first, 50ms);
  EXPECT_EQ(backoff.longest, 2000ms);
  parse_backoff(backoff, "1s", "--backoff");
  EXPECT_EQ(backoff.first, 1000ms);
  EXPECT_EQ(backoff.longest, 1000ms);
  for (const std::string text : {"", "..", "1s..", "..1s", "2s..1s", "1s..2s..3s"}) {
    EXPECT_THAT(error_of([&] { parse_backoff(backoff, text, "--backoff"); }),
                HasSubstr("--backoff: "))
        << text;
  }
}

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
  EXPECT_TRUE(is_worth_retrying(policy, failed(HttpFault::tls), 1));
  EXPECT_FALSE(is_worth_retrying(policy, failed(HttpFault::connect), 1));
  policy.failures = FailureSet::parse("reset", "--retry-on");
  EXPECT_FALSE(is_worth_retrying(policy, answered(404), 1));
  for (const std::string list : {"", ",", "resett", "5xx,", "connect,,reset", "99", "5x"}) {
    EXPECT_THAT(error_of([&] { FailureSet::parse(list, "--retry-on"); }), HasSubstr("--retry-on: "))
        << list;
  }
}

std::optional<Duration> asked_for(const std::string& value) {
  HttpResponse response;
  response.headers.push_back({"Retry-After", value});
  // Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
  return retry_after(response, WallTime(std::chrono::seconds(784111777)));
}

TEST(RetryAfter, IsSecondsOrADate) {
  EXPECT_THAT(asked_for("0"), Optional(Duration(0ms)));
  EXPECT_THAT(asked_for("120"), Optional(Duration(120000ms)));
  EXPECT_THAT(asked_for("Sun, 06 Nov 1994 08:50:37 GMT"), Optional(Duration(60000ms)));
  EXPECT_THAT(asked_for("Sunday, 06-Nov-94 08:50:37 GMT"), Optional(Duration(60000ms)));
  EXPECT_THAT(asked_for("Sun, 06 Nov 1994 08:00:00 GMT"), Optional(Duration(0ms)));
}

TEST(RetryAfter, FarAwayIsAYearAndNotAtOnce) {
  EXPECT_THAT(asked_for("Fri, 01 Jan 9999 00:00:00 GMT"), Optional(Duration(24h * 365)));
  EXPECT_THAT(asked_for("99999999999999999999"), Optional(Duration(24h * 365)));
}

TEST(RetryAfter, ThatCannotBeReadIsNone) {
  EXPECT_EQ(asked_for("soon"), std::nullopt);
  EXPECT_EQ(asked_for(""), std::nullopt);
  EXPECT_EQ(asked_for("-5"), std::nullopt);
  EXPECT_EQ(retry_after(HttpResponse(), WallTime()), std::nullopt);
}

TEST(RetryAfter, BeyondAllMeasureIsVeryLong) {
  EXPECT_GT(asked_for("99999999999999999999").value_or(0ms), 24h);
}

}  // namespace
}  // namespace mscomm
