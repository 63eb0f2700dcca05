#include "core/call/kept_body.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <memory>
#include <string>

#include "core/runtime/poll.h"

namespace mscomm {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

TEST(BodyLimits, AreThoseOfMaxSize) {
  const auto usual = BodyLimits::of(std::nullopt);
  EXPECT_EQ(usual.bytes, 32 * kMiB);
  EXPECT_EQ(usual.memory, 48 * kMiB);
  EXPECT_EQ(usual.for_each_of(8), 4 * kMiB);
  const auto more = BodyLimits::of(100 * kMiB);
  EXPECT_EQ(more.bytes, 100 * kMiB);
  EXPECT_EQ(more.memory, 3200 * kMiB);
  EXPECT_EQ(more.for_each_of(8), 100 * kMiB);
  EXPECT_EQ(BodyLimits::of(1000).memory, 48 * kMiB);
  EXPECT_EQ(BodyLimits::of(0).bytes, BodyLimits::kNone);
  EXPECT_EQ(BodyLimits::of(0).memory, BodyLimits::kNone);
  EXPECT_EQ(BodyLimits::of(BodyLimits::kNone - 1).memory, BodyLimits::kNone);
}

class Recorder final : public BodySink {
 public:
  void begin(const HttpResponse& response) override { status = response.status; }
  void body(std::string_view piece) override { bytes += piece; }
  int status = 0;
  std::string bytes;
};

HttpResponse answer(int status) {
  HttpResponse response;
  response.status = status;
  return response;
}

TEST(KeptBody, KeepsUpToTheLimit) {
  const auto response = answer(200);
  KeptBody kept(5);
  kept.begin(response);
  kept.body("abc");
  kept.body("de");
  EXPECT_THROW(kept.body("f"), BodyTooLarge);
  kept.begin(response);
  kept.body("x");
  EXPECT_EQ(kept.take_bytes(), "x");
}

TEST(KeptBody, PassesOnWhatIsTooLongFromItsBeginning) {
  const auto good = answer(200);
  const auto bad = answer(503);
  Recorder recorder;
  KeptBody kept(5);
  kept.pass_on_to(recorder, StatusSet());
  kept.begin(bad);
  EXPECT_THROW(kept.body("abcdef"), BodyTooLarge);
  kept.begin(good);
  kept.body("abc");
  EXPECT_FALSE(kept.is_passed_on());
  kept.body("def");
  kept.body("g");
  EXPECT_TRUE(kept.is_passed_on());
  EXPECT_EQ(recorder.status, 200);
  EXPECT_EQ(recorder.bytes, "abcdefg");
  EXPECT_EQ(kept.take_bytes(), "");
}

class BodyRoomTest : public testing::Test {
 protected:
  static bool may_ask_again(const BodyRoom::Share& share) {
    return is_ready(share.wait_on(), POLLOUT);
  }

  BodyRoom room_{100};
  BodyRoom::Share first_{room_, 0};
  BodyRoom::Share second_{room_, 1};
};

TEST_F(BodyRoomTest, OnlyTheNextAnswerGoesBeyondIt) {
  first_.take(90);
  EXPECT_EQ(first_.wait_on(), -1);
  second_.take(20);
  ASSERT_GE(second_.wait_on(), 0);
  EXPECT_FALSE(may_ask_again(second_));
  first_.take(1000);
  EXPECT_EQ(first_.wait_on(), -1);
  EXPECT_FALSE(may_ask_again(second_));
}

TEST_F(BodyRoomTest, WakesWhoWaitsWhenThereIsRoom) {
  auto third = std::make_unique<BodyRoom::Share>(room_, 2);
  third->take(200);
  second_.take(20);
  third.reset();
  ASSERT_TRUE(may_ask_again(second_));
  second_.recheck();
  EXPECT_EQ(second_.wait_on(), -1);
}

TEST_F(BodyRoomTest, WakesWhoIsNext) {
  first_.take(200);
  second_.take(20);
  room_.answer_taken();
  ASSERT_TRUE(may_ask_again(second_));
  second_.recheck();
  EXPECT_EQ(second_.wait_on(), -1);
}

TEST_F(BodyRoomTest, WhoWaitsInVainWaitsAgain) {
  first_.take(200);
  second_.take(20);
  BodyRoom::Share(room_, 2).take(1);
  ASSERT_TRUE(may_ask_again(second_));
  second_.recheck();
  ASSERT_GE(second_.wait_on(), 0);
  EXPECT_FALSE(may_ask_again(second_));
}

TEST_F(BodyRoomTest, NobodyWaitsOnceAnActionHasFailed) {
  first_.take(200);
  second_.take(20);
  EXPECT_THROW(room_.or_ends([] { throw Interrupted(); }), Interrupted);
  ASSERT_TRUE(may_ask_again(second_));
  second_.recheck();
  EXPECT_EQ(second_.wait_on(), -1);
}

}  // namespace
}  // namespace mscomm
