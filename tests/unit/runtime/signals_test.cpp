#include "core/runtime/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "core/runtime/error.h"
#include "core/runtime/poll.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;
using ::testing::ExitedWithCode;
using ::testing::KilledBySignal;

constexpr int kAsExpected = 42;

[[noreturn]] void end_as(bool expected) { _exit(expected ? kAsExpected : 1); }

Wake wait_a_little(const StopSignal& stop, Duration wait) {
  return wait_for({}, Deadline::in(SystemClock(), wait), stop);
}

// What the tests run in a child each: signals and their handlers belong to a whole process.

void wait_and_raise_again(int number) {
  const StopSignal stop;
  std::raise(number);
  if (wait_a_little(stop, 10s) == Wake::stopped && stop.signal_number() == number) {
    stop.re_raise();
  }
}

void raise_twice() {
  const StopSignal stop;
  std::raise(SIGINT);
  std::raise(SIGTERM);
}

void acknowledge_and_wait() {
  const StopSignal stop;
  std::raise(SIGINT);
  stop.acknowledge();
  end_as(wait_a_little(stop, 1ms) == Wake::deadline && stop.signal_number() == SIGINT);
}

void inherit_an_ignored_signal() {
  std::signal(SIGHUP, SIG_IGN);
  const StopSignal stop;
  std::raise(SIGHUP);
  end_as(stop.signal_number() == 0);
}

void outlive_one_that_inherited_an_ignored_signal() {
  std::signal(SIGHUP, SIG_IGN);
  { const StopSignal stop; }
  std::raise(SIGHUP);
  end_as(true);
}

void keep_ignoring_one_after_another_came() {
  std::signal(SIGHUP, SIG_IGN);
  const StopSignal stop;
  std::raise(SIGINT);
  std::raise(SIGHUP);
  end_as(stop.signal_number() == SIGINT);
}

void write_to_a_closed_pipe() {
  const StopSignal stop;
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) {
    return;
  }
  close(ends[0]);
  end_as(write(ends[1], "x", 1) == -1 && errno == EPIPE);
}

TEST(StopSignalDeathTest, WakesAWaitAndIsRaisedAgain) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    EXPECT_EXIT(wait_and_raise_again(number), KilledBySignal(number), "");
  }
}

TEST(StopSignalDeathTest, LetsASecondSignalKillAtOnce) {
  EXPECT_EXIT(raise_twice(), KilledBySignal(SIGTERM), "");
}

TEST(StopSignalDeathTest, LetsCleaningUpWaitOnceItIsAcknowledged) {
  EXPECT_EXIT(acknowledge_and_wait(), ExitedWithCode(kAsExpected), "");
}

TEST(StopSignalDeathTest, LeavesAnIgnoredSignalIgnored) {
  EXPECT_EXIT(inherit_an_ignored_signal(), ExitedWithCode(kAsExpected), "");
  EXPECT_EXIT(outlive_one_that_inherited_an_ignored_signal(), ExitedWithCode(kAsExpected), "");
  EXPECT_EXIT(keep_ignoring_one_after_another_came(), ExitedWithCode(kAsExpected), "");
}

TEST(StopSignalDeathTest, TurnsAClosedPipeIntoAnError) {
  EXPECT_EXIT(write_to_a_closed_pipe(), ExitedWithCode(kAsExpected), "");
}

TEST(StopSignal, DoesNothingWhenNoneCame) {
  const StopSignal stop;
  EXPECT_EQ(stop.signal_number(), 0);
  stop.re_raise();
  EXPECT_FALSE(is_ready(stop.fd(), POLLIN));
}

}  // namespace
}  // namespace mscomm
