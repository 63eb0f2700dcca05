#include "core/resilience/call_window.h"

#include <gtest/gtest.h>

namespace mscomm {
namespace {

using namespace std::chrono_literals;

constexpr WallMilliseconds kNoon{std::chrono::hours(24 * 365 * 50 + 12)};

TEST(CallWindow, HoldsTheLastSoManyCalls) {
  CallWindow window;
  for (const bool failed : {true, true, false, false, false}) {
    add_to_last_calls(window, failed, !failed, 4);
  }
  EXPECT_EQ(window.calls, "fsss");
  add_to_last_calls(window, true, true, 4);
  EXPECT_EQ(window.calls, "sssS");
  const auto counts = count_calls(window, kNoon);
  EXPECT_EQ(counts.calls, 4U);
  EXPECT_EQ(counts.failed, 1U);
  EXPECT_EQ(counts.slow, 4U);
}

TEST(CallWindow, IsShortenedByACallerThatWantsLess) {
  CallWindow window{.calls = "....ff", .slice_length = {}, .slices = {}};
  add_to_last_calls(window, false, false, 3);
  EXPECT_EQ(window.calls, "ff.");
}

TEST(CallWindow, HoldsTheCallsOfTheLastSoLong) {
  CallWindow window;
  for (int second = 0; second < 30; ++second) {
    add_to_last_time(window, second % 2 == 0, false, 10s, kNoon + second * 1s);
  }
  EXPECT_EQ(window.slices.size(), 10U);
  EXPECT_EQ(count_calls(window, kNoon + 29s).calls, 10U);
  EXPECT_EQ(count_calls(window, kNoon + 29s).failed, 5U);
  EXPECT_EQ(count_calls(window, kNoon + 34s).calls, 5U);
  EXPECT_EQ(count_calls(window, kNoon + 1h).calls, 0U);
}

TEST(CallWindow, TakesCallsThatEndedEarlierInTheirOwnTime) {
  CallWindow window;
  add_to_last_time(window, false, false, 10s, kNoon);
  add_to_last_time(window, true, false, 10s, kNoon, kNoon - 3s);
  add_to_last_time(window, true, true, 10s, kNoon, kNoon - 3s);
  add_to_last_time(window, true, false, 10s, kNoon, kNoon - 1h);
  ASSERT_EQ(window.slices.size(), 2U);
  EXPECT_EQ(window.slices.front().start, kNoon - 3s);
  EXPECT_EQ(window.slices.front().failed, 2U);
  EXPECT_EQ(window.slices.front().slow, 1U);
  EXPECT_EQ(count_calls(window, kNoon).calls, 3U);
  EXPECT_EQ(count_calls(window, kNoon + 8s).calls, 1U);
}

TEST(CallWindow, DoesNotCountCallsOfTheFuture) {
  CallWindow window;
  add_to_last_time(window, true, true, 10s, kNoon);
  EXPECT_EQ(count_calls(window, kNoon - 1h).calls, 0U);
  add_to_last_time(window, false, false, 10s, kNoon - 1h);
  EXPECT_EQ(window.slices.size(), 1U);
}

TEST(CallWindow, BeginsAnewWhenItsKindChanges) {
  CallWindow window;
  add_to_last_calls(window, true, false, 20);
  add_to_last_time(window, false, false, 10s, kNoon);
  EXPECT_EQ(count_calls(window, kNoon).calls, 1U);
  add_to_last_calls(window, true, false, 20);
  EXPECT_EQ(count_calls(window, kNoon).calls, 1U);
}

// Else two callers that differ in it would never see a failure.
TEST(CallWindow, KeepsWhatAnotherCallerCountedInAnotherTime) {
  CallWindow window;
  for (int i = 0; i < 4; ++i) {
    add_to_last_time(window, true, false, i % 2 == 0 ? 60s : 30s, kNoon + i * 4s);
  }
  EXPECT_EQ(count_calls(window, kNoon + 12s).failed, 4U);
  EXPECT_LE(window.slices.size(), 10U);
  add_to_last_time(window, false, false, 10s, kNoon + 40s);
  EXPECT_EQ(count_calls(window, kNoon + 40s).failed, 0U) << "they are older than that";
  for (int i = 0; i < 8; ++i) {
    add_to_last_time(window, true, false, i % 2 == 0 ? 13min : 7s, kNoon + 1h + i * 200ms);
  }
  EXPECT_EQ(count_calls(window, kNoon + 1h + 2s).failed, 8U);
}

}  // namespace
}  // namespace mscomm
