#include "core/runtime/duration.h"

#include <gmock/gmock.h>

#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;
using test::error_of;
using ::testing::StartsWith;

Duration parsed(std::string_view text) { return parse_duration(text, "--timeout"); }
std::uint64_t size(std::string_view text) { return parse_size(text, "--max-size"); }

TEST(Duration, ReadsEveryUnitAndSums) {
  EXPECT_EQ(parsed("0"), 0s);
  EXPECT_EQ(parsed("0s"), 0s);
  EXPECT_EQ(parsed("7ns"), 7ns);
  EXPECT_EQ(parsed("7us"), 7us);
  EXPECT_EQ(parsed("250ms"), 250ms);
  EXPECT_EQ(parsed("1.5s"), 1500ms);
  EXPECT_EQ(parsed(".5s"), 500ms);
  EXPECT_EQ(parsed("2m"), 2min);
  EXPECT_EQ(parsed("1h"), 1h);
  EXPECT_EQ(parsed("1d"), 24h);
  EXPECT_EQ(parsed("1m30s"), 90s);
  EXPECT_EQ(parsed("1h0.5m"), 1h + 30s);
  EXPECT_EQ(parsed("36500d"), 36500 * 24h);
}

TEST(Duration, RefusesWhatIsNone) {
  for (const std::string_view text : {"", "5", "s", "-1s", "+1s", "1 s", " 1s", "1s ", "1S", "1e3s",
                                      "1s5", "inf", "nan", "nans", "0x1s", "1..5s", "1ms2", "00"}) {
    EXPECT_THAT(error_of([&] { parsed(text); }),
                StartsWith("usage: --timeout: '" + std::string(text) + "' is not a duration"));
  }
  EXPECT_EQ(error_of([] { parsed("36501d"); }),
            "usage: --timeout: '36501d' is longer than a century");
  EXPECT_THAT(error_of([] { parsed(std::string(400, '9') + "d"); }), StartsWith("usage: "));
}

TEST(Duration, IsWrittenInItsShortestForm) {
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(250ms), "250ms");
  EXPECT_EQ(format_duration(1500ms), "1500ms");
  EXPECT_EQ(format_duration(90s), "1m30s");
  EXPECT_EQ(format_duration(1h), "1h");
  EXPECT_EQ(format_duration(1h + 5s), "1h5s");
  EXPECT_EQ(format_duration(7us), "7us");
  EXPECT_EQ(format_duration(7ns), "7ns");
}

TEST(Duration, IsReadBackFromWhatWasWritten) {
  for (const Duration each :
       {Duration(0s), Duration{1}, Duration{1001}, Duration(1001us), Duration(59s), Duration(3661s),
        Duration(1234567ms), Duration(36500 * 24h)}) {
    EXPECT_EQ(parsed(format_duration(each)), each) << format_duration(each);
  }
}

TEST(Size, ReadsDecimalAndBinaryUnits) {
  EXPECT_EQ(size("0"), 0U);
  EXPECT_EQ(size("512"), 512U);
  EXPECT_EQ(size("512B"), 512U);
  EXPECT_EQ(size("16KiB"), 16384U);
  EXPECT_EQ(size("1MB"), 1'000'000U);
  EXPECT_EQ(size("1.5MiB"), 1'572'864U);
  EXPECT_EQ(size("2GiB"), 2'147'483'648U);
  EXPECT_EQ(size("1.0004KB"), 1000U);
  EXPECT_EQ(size("1.0005KB"), 1001U);
  EXPECT_EQ(size("9007199254740991"), 9007199254740991U);
  EXPECT_EQ(size("9007199254740992"), 9007199254740992U);
}

TEST(Size, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", "-1", "1 MB", "MB", "1mb", "1TBs", "1MB1", "1e3", "9007199254740994", "99999999GiB"}) {
    EXPECT_THAT(error_of([&] { size(text); }),
                StartsWith("usage: --max-size: '" + std::string(text) + "' is not a size"));
  }
}

TEST(Rfc3339, WritesUtcWithMilliseconds) {
  const auto at = [](std::int64_t ms) { return format_rfc3339(WallTime(Milliseconds(ms))); };
  EXPECT_EQ(at(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(at(951827696789), "2000-02-29T12:34:56.789Z");
  EXPECT_EQ(at(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(at(4102444799999), "2099-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace mscomm
