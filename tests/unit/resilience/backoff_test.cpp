#include "core/resilience/backoff.h"

#include <gmock/gmock.h>

#include <string>

#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;
using test::error_of;
using testing::HasSubstr;

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

}  // namespace
}  // namespace mscomm
