#include "core/http/failure_set.h"

#include <gmock/gmock.h>

#include <string>

#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using test::error_of;
using testing::HasSubstr;

HttpExchange response_of(int status) {
  HttpExchange exchange;
  exchange.response.status = status;
  return exchange;
}

HttpExchange failure_of(HttpFault fault) {
  HttpExchange exchange;
  exchange.failure.emplace().fault = fault;
  return exchange;
}

TEST(FailureSet, HasStatusesAndFaultsSideBySide) {
  const auto set = FailureSet::parse("dns, tls,404", "--retry-on");
  EXPECT_TRUE(set.contains(response_of(404)));
  EXPECT_FALSE(set.contains(response_of(503)));
  EXPECT_TRUE(set.contains(failure_of(HttpFault::resolve)));
  EXPECT_TRUE(set.contains(failure_of(HttpFault::tls)));
  EXPECT_FALSE(set.contains(failure_of(HttpFault::connect)));
}

TEST(FailureSet, OfFaultsAloneHasNoStatus) {
  const auto set = FailureSet::parse("reset", "--retry-on");
  EXPECT_TRUE(set.contains(failure_of(HttpFault::reset)));
  EXPECT_FALSE(set.contains(response_of(200)));
  EXPECT_FALSE(set.contains(response_of(404)));
}

TEST(FailureSet, OfAResponseThatBrokeOffBothCountTheFaultAndTheStatus) {
  auto exchange = failure_of(HttpFault::reset);
  exchange.response.status = 503;
  EXPECT_TRUE(FailureSet::parse("5xx", "--retry-on").contains(exchange));
  EXPECT_TRUE(FailureSet::parse("reset", "--retry-on").contains(exchange));
  EXPECT_FALSE(FailureSet::parse("429,timeout", "--retry-on").contains(exchange));
}

TEST(FailureSet, RefusesWhatIsNoFailure) {
  for (const std::string list : {"", ",", "resett", "5xx,", "connect,,reset", "99", "5x"}) {
    EXPECT_THAT(error_of([&] { FailureSet::parse(list, "--retry-on"); }), HasSubstr("--retry-on: "))
        << list;
  }
}

}  // namespace
}  // namespace mscomm
