#include "core/consume/delivery_copier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/fake_session.h"
#include "unit/run_context.h"

namespace mscomm {
namespace {

using test::FakeSession;
using testing::ElementsAre;
using testing::HasSubstr;

class Copier : public testing::Test {
 protected:
  void add(std::uint64_t tag, const std::string& body, const std::string& key = "copy") {
    Properties properties;
    properties.message_id = "id";
    Delivery delivery;
    delivery.delivery_tag = tag;
    delivery.properties = &properties;
    delivery.body = body;
    copier.add(delivery, {"x", key}, properties);
  }

  FakeSession target;
  SessionOwner owner{test::borrow(target)};
  PublishPlan plan;
  test::RunContext ctx;
  DeliveryCopier copier{owner, plan, ctx.context};
};

TEST_F(Copier, WhatCannotBeSentIsToldWithItsName) {
  add(7, "a", std::string(256, 'k'));
  const auto results = copier.advance();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].delivery_tag, 7U);
  EXPECT_FALSE(results[0].placed);
  EXPECT_FALSE(results[0].in_doubt);
  EXPECT_EQ(results[0].route, (Route{"x", std::string(256, 'k')}));
  EXPECT_EQ(results[0].message_id, "id");
  EXPECT_THAT(results[0].why, HasSubstr("cannot be sent: "));
  EXPECT_EQ(copier.under_way(), 0U);
}

// Their originals come again, and are copied then.
TEST_F(Copier, SendsNothingNewOfWhatIsDisowned) {
  const std::string large(1'000'000, 'x');
  target.stalled = true;
  add(1, large);
  EXPECT_THAT(copier.advance(), ElementsAre());
  add(2, "waits");
  add(3, "waits", std::string(256, 'k'));
  EXPECT_THAT(copier.advance(), ElementsAre());
  EXPECT_EQ(target.published.size(), 1U);
  copier.disown();
  target.stalled = false;
  for (int i = 0; i < 50 && copier.under_way() > 0; ++i) {
    EXPECT_THAT(copier.advance(), ElementsAre());
  }
  // What is half sent has to be sent to its end.
  ASSERT_EQ(target.published.size(), 1U);
  EXPECT_EQ(target.published[0].body, large);
  EXPECT_EQ(copier.report().confirmed, 1U);
  EXPECT_EQ(copier.under_way(), 0U);
  add(2, "again");
  const auto results = copier.advance();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].delivery_tag, 2U);
  EXPECT_TRUE(results[0].placed);
}

TEST_F(Copier, WhatIsHalfSentAtTheEndIsNotInDoubt) {
  target.stalled = true;
  add(1, std::string(1'000'000, 'x'));
  EXPECT_THAT(copier.advance(), ElementsAre());
  const auto results = copier.close(Deadline());
  ASSERT_EQ(results.size(), 1U);
  EXPECT_FALSE(results[0].in_doubt);
  EXPECT_EQ(copier.report().in_doubt, 0U);
}

}  // namespace
}  // namespace mscomm
