#include "core/http/retry_after.h"

#include <gmock/gmock.h>

#include <string>

namespace mscomm {
namespace {

using namespace std::chrono_literals;
using testing::Optional;

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
