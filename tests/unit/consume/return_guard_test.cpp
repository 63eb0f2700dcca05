#include "core/consume/return_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/amqp/broker_error.h"
#include "core/consume/settling.h"
#include "unit/error_matchers.h"
#include "unit/fake_session.h"
#include "unit/run_context.h"

namespace mscomm {
namespace {

using test::FakeSession;
using testing::HasSubstr;

// A guard of a queue that drops what goes back more than twice, with a session for its copies.
class Guard : public testing::Test {
 protected:
  Guard() {
    consume.queue = "q";
    rule.limit = 2;
  }

  ReturnGuard::Broker broker() {
    return {.connect =
                [this] {
                  ++connections;
                  return SessionOwner(test::borrow(copies), [](bool) -> std::unique_ptr<Session> {
                    throw Error(Exit::unreachable, "cannot connect");
                  });
                },
            .ask =
                [this](Session&, const std::string&) {
                  if (std::exchange(is_interrupted, false)) {
                    throw Interrupted();
                  }
                  return rule;
                }};
  }

  /// A delivery that went back `returns` times.
  std::uint64_t deliver(int returns, Fate fate = Fate::hold) {
    properties.headers = FieldTable{{"x-delivery-count", FieldValue::integer(returns)}};
    return deliver_these(fate);
  }
  std::uint64_t deliver_these(Fate fate) {
    Delivery delivery;
    delivery.delivery_tag = ++tag;
    delivery.properties = &properties;
    delivery.body = "body";
    ledger.add(tag);
    is_new = guard.note(delivery);
    ledger.decide(tag, fate);
    return tag;
  }
  /// Diverts until nothing changes any more; returns what is decided about a delivery.
  Fate fate_of(std::uint64_t delivery) {
    for (int i = 0; i < 3; ++i) {
      guard.divert(ledger);
    }
    return ledger.fate(delivery);
  }

  test::RunContext ctx;
  ConsumePlan consume;
  ReturnRule rule;
  FakeSession copies;
  int connections = 0;
  bool is_interrupted = false;
  ReturnGuard guard{broker(), {.looks = true}, consume, ctx.context};
  DeliveryLedger ledger;
  Properties properties;
  std::uint64_t tag = 0;
  bool is_new = false;
};

TEST_F(Guard, WhatWouldNotSurviveGoesBackAsACopy) {
  EXPECT_EQ(fate_of(deliver(2)), Fate::ack);
  ASSERT_EQ(copies.published.size(), 1U);
  const auto& copy = copies.published.front();
  EXPECT_EQ(copy.route, (Route{"", "q"}));
  EXPECT_EQ(copy.body, "body");
  EXPECT_EQ(*find_field(*copy.properties.headers, "x-mscomm-copies"), FieldValue::integer(1));
  EXPECT_EQ(find_field(*copy.properties.headers, "x-delivery-count"), nullptr);
}

TEST_F(Guard, ACopyCountsWhenItsOriginalIsSettled) {
  fate_of(deliver(2));
  guard.count_settled(ledger);
  EXPECT_EQ(guard.copied(), 0U);
  ledger.take_due();
  guard.count_settled(ledger);
  EXPECT_EQ(guard.copied(), 1U);
}

TEST_F(Guard, WhatSurvivesGoesBackItself) {
  EXPECT_EQ(fate_of(deliver(1)), Fate::hold);
  EXPECT_EQ(fate_of(deliver(2, Fate::ack)), Fate::ack);
  EXPECT_TRUE(copies.published.empty());
}

TEST_F(Guard, ADecisionIsWaitedFor) {
  const auto open = deliver(2, Fate::open);
  EXPECT_EQ(fate_of(open), Fate::open);
  ledger.decide(open, Fate::hold);
  EXPECT_EQ(fate_of(open), Fate::ack);
}

TEST_F(Guard, NothingIsDecidedBeforeTheCopyIsConfirmed) {
  copies.answer = FakeSession::Answer::withhold;
  EXPECT_EQ(fate_of(deliver(2)), Fate::copying);
  EXPECT_TRUE(guard.is_busy());
  copies.confirm(1);
  EXPECT_EQ(fate_of(1), Fate::ack);
  EXPECT_FALSE(guard.is_busy());
}

TEST_F(Guard, AnOriginalWhoseCopyFailsGoesBackItself) {
  copies.answer = FakeSession::Answer::refuse;
  EXPECT_EQ(fate_of(deliver(2)), Fate::hold);
  copies.answer = FakeSession::Answer::send_back;
  EXPECT_EQ(fate_of(deliver(2)), Fate::hold);
  EXPECT_FALSE(guard.is_busy());
}

TEST_F(Guard, WithoutAConnectionForCopiesAllGoesBackItself) {
  copies.answer = FakeSession::Answer::withhold;
  copies.close_after = 1;
  const auto first = deliver(2);
  const auto second = deliver(2);
  EXPECT_EQ(fate_of(first), Fate::hold);
  EXPECT_EQ(fate_of(second), Fate::hold);
  EXPECT_EQ(fate_of(deliver(2)), Fate::hold);
  EXPECT_EQ(connections, 1);
}

TEST_F(Guard, GivesUpWhatIsNotConfirmedInTime) {
  copies.answer = FakeSession::Answer::withhold;
  const auto tag_of_copied = deliver(2);
  fate_of(tag_of_copied);
  guard.give_up(ledger);
  EXPECT_EQ(ledger.fate(tag_of_copied), Fate::hold);
  copies.confirm(1);
  EXPECT_EQ(fate_of(tag_of_copied), Fate::hold);
}

TEST_F(Guard, ACopyOfALostConnectionSaysNothingOfTheNextOne) {
  copies.answer = FakeSession::Answer::withhold;
  fate_of(deliver(2));
  guard.disown();
  ledger = DeliveryLedger();
  tag = 0;
  copies.confirm(1);
  EXPECT_EQ(fate_of(deliver(2, Fate::open)), Fate::open);
  EXPECT_EQ(guard.copied(), 0U);
}

TEST_F(Guard, DoesNotHandleItsOwnCopiesAgain) {
  fate_of(deliver(2));
  properties = copies.published.front().properties;
  deliver_these(Fate::hold);
  EXPECT_FALSE(is_new);
}

TEST_F(Guard, WhatASignalInterruptedIsAskedAgainAtTheEnd) {
  is_interrupted = true;
  EXPECT_THROW(deliver(2), Interrupted);
  ledger.decide(tag, Fate::hold);
  EXPECT_EQ(fate_of(tag), Fate::hold);
  guard.begin_end();
  EXPECT_EQ(fate_of(tag), Fate::ack);
}

TEST_F(Guard, WhatASignalInterruptedMaySurvive) {
  is_interrupted = true;
  EXPECT_THROW(deliver(1), Interrupted);
  ledger.decide(tag, Fate::hold);
  guard.begin_end();
  EXPECT_EQ(fate_of(tag), Fate::hold);
  EXPECT_TRUE(copies.published.empty());
}

TEST_F(Guard, RefusesALookWhereNoCopiesCanBePutBack) {
  copies.answer = FakeSession::Answer::withhold;
  copies.close_after = 1;
  copies.closed = {broker_error(403, "ACCESS_REFUSED - access to exchange"), true, 403, {}};
  FakeSession session;
  EXPECT_THAT(test::error_of([&] { guard.check_look(session); }),
              HasSubstr("drops what goes back more than 2 times, and copies that would survive "
                        "that cannot be put back: access"));
}

TEST_F(Guard, LetsALookBeginWhereTheDefaultExchangeTakesCopies) {
  copies.answer = FakeSession::Answer::send_back;
  FakeSession session;
  EXPECT_NO_THROW(guard.check_look(session));
}

}  // namespace
}  // namespace mscomm
