#include "core/runtime/epoll_set.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/runtime/poll.h"
#include "unit/run_context.h"

namespace mscomm {
namespace {

class EpollSetTest : public testing::Test {
 protected:
  EpollSetTest() { EXPECT_EQ(write(pipe.write_end.get(), "x", 1), 1); }

  [[nodiscard]] bool sees_something() const { return is_ready(set.fd(), POLLIN); }

  test::Pipe pipe;
  const int readable = pipe.read_end.get();
  EpollSet set;
};

TEST_F(EpollSetTest, SeesWhatIsWatchedOnly) {
  EXPECT_FALSE(sees_something());
  set.watch(readable, EPOLLIN);
  EXPECT_TRUE(sees_something());
  ASSERT_EQ(set.ready().size(), 1U);
  EXPECT_EQ(set.ready()[0].data.fd, readable);
  set.watch(readable, EPOLLOUT);
  EXPECT_FALSE(sees_something());
}

TEST_F(EpollSetTest, AnUnknownDescriptorLeavesAtOnce) {
  set.watch(readable, EPOLLIN);
  set.unwatch(readable);
  EXPECT_FALSE(sees_something());
  set.watch(readable, EPOLLIN);
  EXPECT_TRUE(sees_something());
}

TEST_F(EpollSetTest, AKnownDescriptorLeavesBeforeTheNextWait) {
  set.opened(readable);
  set.watch(readable, EPOLLIN);
  set.unwatch(readable);
  set.settle();
  EXPECT_FALSE(sees_something());
  set.watch(readable, EPOLLIN);
  EXPECT_TRUE(sees_something());
}

TEST_F(EpollSetTest, AKnownDescriptorThatComesBackStays) {
  set.opened(readable);
  set.watch(readable, EPOLLIN);
  set.unwatch(readable);
  set.watch(readable, EPOLLIN);
  set.settle();
  EXPECT_TRUE(sees_something());
}

TEST_F(EpollSetTest, ANumberThatComesAgainIsAnotherDescriptor) {
  set.opened(readable);
  set.watch(readable, EPOLLIN);
  set.unwatch(readable);
  set.closed(readable);
  pipe.read_end.reset();  // and with it the kernel's memory of it
  test::Pipe other;
  ASSERT_EQ(write(other.write_end.get(), "x", 1), 1);
  ASSERT_EQ(other.read_end.get(), readable);
  set.opened(readable);
  set.watch(readable, EPOLLIN);
  set.settle();
  EXPECT_TRUE(sees_something());
}

TEST_F(EpollSetTest, OneThatWasClosedUnwatchedIsNoProblem) {
  set.watch(readable, EPOLLIN);
  pipe.read_end.reset();
  set.unwatch(readable);
  set.settle();
  EXPECT_FALSE(sees_something());
}

}  // namespace
}  // namespace mscomm
