#include "core/resilience/rate_pacer.h"

#include <gtest/gtest.h>

namespace mscomm {
namespace {

using std::chrono::seconds;

TEST(RatePacer, SpreadsEventsEvenlyAndLosesNoFraction) {
  const TimePoint start{seconds(5)};
  RatePacer pacer(3000, start);  // an interval of 333333.3 ns
  EXPECT_TRUE(pacer.is_due(start));
  for (int i = 0; i < 24000; ++i) {
    pacer.took_place();
  }
  EXPECT_EQ(pacer.due(), start + seconds(8));
  EXPECT_FALSE(pacer.is_due(start + seconds(8) - Duration(1)));
}

TEST(RatePacer, CountsWhatIsDueBeforeATime) {
  const TimePoint start{seconds(5)};
  for (const double rate : {0.1, 1.0, 3.0, 7.0, 100.0, 3000.0, 12345.0, 1e6}) {
    RatePacer pacer(rate, start);
    EXPECT_EQ(pacer.due_before(start), 0U);
    EXPECT_EQ(pacer.due_before(start + seconds(70)), static_cast<std::uint64_t>(rate * 70)) << rate;
    pacer.took_place();
    EXPECT_EQ(pacer.due_before(start + seconds(70)), static_cast<std::uint64_t>(rate * 70) - 1);
  }
}

TEST(RatePacer, CatchesUpWhatWasHeldUpButNotWhatDidNotExist) {
  const TimePoint start{seconds(5)};
  RatePacer pacer(10, start);
  pacer.took_place();
  EXPECT_TRUE(pacer.is_due(start + seconds(1)));
  pacer.was_idle_until(start + seconds(1));
  pacer.took_place();
  EXPECT_EQ(pacer.due(), start + seconds(1) + std::chrono::milliseconds(100));
  pacer.was_idle_until(start);  // not back in time
  EXPECT_EQ(pacer.due(), start + seconds(1) + std::chrono::milliseconds(100));
}

}  // namespace
}  // namespace mscomm
