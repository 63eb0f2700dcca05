#include "core/consume/retry_room.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mscomm {
namespace {

using namespace std::chrono_literals;

MessageJob job(std::uint64_t delivery_tag, std::string_view body = "x") {
  const Properties properties;
  const Delivery delivery{"c", delivery_tag, false, "", "q", &properties, body};
  return MessageJob({delivery, "q", {}});
}

constexpr TimePoint kNow{1h};

RetryRoom::Plan plan(std::uint32_t retries, std::size_t room = 10) {
  return {retries, {1s, 4s, Jitter::none}, room};
}

TEST(RetryRoom, LetsAJobGoAfterAPauseThatDoubles) {
  RetryRoom room(plan(5));
  auto waiting = job(7);
  for (const auto pause : {1s, 2s, 4s, 4s}) {
    EXPECT_TRUE(room.takes(waiting));
    EXPECT_EQ(room.wait(waiting, kNow), pause);
    EXPECT_EQ(room.wake_at().at(), kNow + pause);
    EXPECT_TRUE(room.take_due(kNow + pause - 1ns).empty());
    const auto due = room.take_due(kNow + pause);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].attempt, waiting.attempt + 1);
    EXPECT_TRUE(room.empty());
    waiting = due[0];
  }
}

TEST(RetryRoom, TakesAJobAsOftenAsThePlanSays) {
  const RetryRoom room(plan(2));
  auto waiting = job(1);
  EXPECT_TRUE(room.takes(waiting));
  waiting.attempt = 2;
  EXPECT_TRUE(room.takes(waiting));
  waiting.attempt = 3;
  EXPECT_FALSE(room.takes(waiting));
  EXPECT_FALSE(RetryRoom(plan(0)).takes(job(1)));
}

TEST(RetryRoom, GivesFirstWhatIsDueFirst) {
  RetryRoom room(plan(5));
  auto third_attempt = job(1);
  third_attempt.attempt = 3;
  room.wait(third_attempt, kNow);
  room.wait(job(2), kNow);
  room.wait(job(3), kNow + 1s);
  const auto due = room.take_due(kNow + 4s);
  ASSERT_EQ(due.size(), 3U);
  EXPECT_EQ(due[0].delivery_tag, 2U);
  EXPECT_EQ(due[1].delivery_tag, 3U);
  EXPECT_EQ(due[2].delivery_tag, 1U);
}

TEST(RetryRoom, IsFullByNumberAndBySize) {
  RetryRoom room(plan(5, 1));
  room.wait(job(1), kNow);
  EXPECT_FALSE(room.is_full());
  room.wait(job(2), kNow);
  EXPECT_TRUE(room.is_full());
  EXPECT_EQ(room.take_all().size(), 2U);
  EXPECT_FALSE(room.is_full());
  room.wait(job(3, std::string(33 << 20, 'x')), kNow);
  EXPECT_TRUE(room.is_full());
}

}  // namespace
}  // namespace mscomm
