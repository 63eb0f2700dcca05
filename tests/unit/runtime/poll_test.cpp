#include "core/runtime/poll.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <vector>

#include "core/runtime/error.h"
#include "core/runtime/files.h"
#include "core/runtime/signals.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

Deadline in(Duration wait) { return Deadline::in(SystemClock(), wait); }

class PollTest : public ::testing::Test {
 protected:
  PollTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    reader_ = UniqueFd(ends[0]);
    writer_ = UniqueFd(ends[1]);
  }
  void make_readable() const { EXPECT_EQ(write(writer_.get(), "x", 1), 1); }

  StopSignal stop_;
  UniqueFd reader_;
  UniqueFd writer_;
};

TEST_F(PollTest, SaysWhichDescriptorIsReady) {
  make_readable();
  // More than fit on the stack; negative ones are ignored.
  for (const std::size_t count : {2U, 8U, 50U}) {
    std::vector<pollfd> all(count, pollfd{-1, POLLIN, POLLERR});
    all.back().fd = reader_.get();
    EXPECT_EQ(wait_for(all, in(10s), stop_), Wake::ready);
    EXPECT_EQ(all.front().revents, 0);
    EXPECT_EQ(all.back().revents, POLLIN);
  }
}

TEST_F(PollTest, WaitsUntilTheDeadlineAndNotLess) {
  const auto deadline = in(5ms);
  EXPECT_FALSE(wait_or_throw(reader_.get(), POLLIN, deadline, stop_));
  EXPECT_TRUE(deadline.passed(SystemClock().now()));
  EXPECT_FALSE(wait_or_throw(reader_.get(), POLLIN, Deadline(TimePoint{}), stop_));
}

TEST_F(PollTest, PrefersWhatIsReadyToADeadlineThatPassed) {
  make_readable();
  EXPECT_TRUE(wait_or_throw(reader_.get(), POLLIN, Deadline(TimePoint{}), stop_));
}

TEST_F(PollTest, SleepsUntilTheDeadline) {
  const auto deadline = in(2ms);
  sleep_or_throw(deadline, stop_);
  EXPECT_TRUE(deadline.passed(SystemClock().now()));
}

TEST_F(PollTest, AsksWithoutWaiting) {
  EXPECT_FALSE(is_ready(reader_.get(), POLLIN));
  make_readable();
  EXPECT_TRUE(is_ready(reader_.get(), POLLIN));
  EXPECT_TRUE(is_ready(9999, POLLIN)) << "the next call on it reports the error";
}

TEST(PollDeathTest, ThrowsWhenAStopSignalCame) {
  EXPECT_EXIT(
      {
        const StopSignal stop;
        std::raise(SIGINT);
        int interrupted = 0;
        try {
          sleep_or_throw(Deadline(), stop);
        } catch (const Interrupted&) {
          ++interrupted;
        }
        try {
          wait_or_throw(-1, 0, Deadline(), stop);
        } catch (const Interrupted&) {
          ++interrupted;
        }
        _exit(interrupted == 2 ? 42 : 1);
      },
      ::testing::ExitedWithCode(42), "");
}

TEST(Deadline, IsNoneByDefault) {
  const auto now = SystemClock().now();
  EXPECT_FALSE(Deadline().passed(now));
  EXPECT_EQ(Deadline().left(now), std::nullopt);
  EXPECT_FALSE(Deadline::in(SystemClock(), std::nullopt).at());
}

TEST(Deadline, HasNeverLessThanNothingLeft) {
  const auto now = SystemClock().now();
  EXPECT_EQ(Deadline(now + 3s).left(now), 3s);
  EXPECT_EQ(Deadline(now - 3s).left(now), 0s);
  EXPECT_TRUE(Deadline(now).passed(now));
}

TEST(Deadline, YieldsToAnEarlierOne) {
  const auto now = SystemClock().now();
  const Deadline early(now);
  const Deadline late(now + 1s);
  EXPECT_EQ(early.min(late).at(), now);
  EXPECT_EQ(late.min(early).at(), now);
  EXPECT_EQ(Deadline().min(early).at(), now);
  EXPECT_EQ(early.min(Deadline()).at(), now);
  EXPECT_EQ(Deadline().min(Deadline()).at(), std::nullopt);
}

}  // namespace
}  // namespace mscomm
