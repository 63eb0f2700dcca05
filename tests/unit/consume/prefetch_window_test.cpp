#include "core/consume/prefetch_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/fake_clock.h"
#include "unit/fake_session.h"

namespace mscomm {
namespace {

using test::FakeSession;
using testing::ElementsAre;
using testing::IsEmpty;

// A window over a queue of the fake broker, whose deliveries are noted in a ledger.
class Window : public testing::Test {
 protected:
  Window() {
    plan.queue = "q";
    plan.ramps = true;
    for (int i = 0; i < 100'000; ++i) {
      session.enqueue("m");
    }
  }

  void open(std::optional<std::uint64_t> most = {}) { window.open(most); }
  /// Takes what has been sent, with this fate, and lets the window grow. Returns how many came.
  int take(Fate fate) {
    int came = 0;
    while (const auto event = session.next()) {
      const auto& delivery = std::get<Delivery>(*event);
      EXPECT_TRUE(window.note(delivery));
      ledger.add(delivery.delivery_tag, true, window.last_consumer());
      ledger.decide(delivery.delivery_tag, fate);
      ++came;
    }
    window.widen(ledger);
    return came;
  }
  void settle() {
    for (const auto& each : ledger.take_due(window.grantable(ledger))) {
      session.settle(each.delivery_tag, each.how, each.multiple);
    }
    session.flush();
  }
  [[nodiscard]] std::vector<int> windows() const {
    std::vector<int> sizes;
    for (const auto& each : session.subscriptions) {
      sizes.push_back(each.prefetch);
    }
    return sizes;
  }

  FakeSession session;
  SessionOwner owner{test::borrow(session)};
  ConsumePlan plan;
  test::FakeClock clock;
  PrefetchWindow window{owner, plan, clock};
  DeliveryLedger ledger;
};

TEST_F(Window, GrowsFromOneWithWhatIsTakenToThePrefetch) {
  open();
  for (int i = 0; i < 20; ++i) {
    take(Fate::ack);
    settle();
  }
  EXPECT_THAT(windows(), ElementsAre(1, 4, 16, 64, 171));
  EXPECT_EQ(window.size(), 256U);
  EXPECT_THAT(session.cancelled, IsEmpty());
}

TEST_F(Window, DoesNotGrowWhereNothingMustGoBack) {
  plan.ramps = false;
  open();
  take(Fate::ack);
  take(Fate::ack);
  EXPECT_THAT(windows(), ElementsAre(256));
}

TEST_F(Window, MakesRoomBehindWhatIsHeldAndMoreOfItThere) {
  open();
  int came = 0;
  for (int i = 0; i < 30; ++i) {
    came += take(Fate::hold);
  }
  EXPECT_GT(came, 30'000);
  EXPECT_LE(session.unacknowledged() - static_cast<std::uint64_t>(came),
            static_cast<std::uint64_t>(came) / 4 + 256);
}

TEST_F(Window, NeverExceedsAPrefetchThatIsGiven) {
  plan.prefetch = 3;
  plan.prefetch_is_given = true;
  open();
  for (int i = 0; i < 100; ++i) {
    EXPECT_LE(take(Fate::hold), 3);
  }
}

TEST_F(Window, IsSentNoMoreThanIsAskedForWhateverTheOrderOfThings) {
  for (const auto fate : {Fate::ack, Fate::hold}) {
    for (const std::uint64_t most : {1U, 2U, 5U, 21U, 100U, 1000U}) {
      FakeSession fresh;
      for (int i = 0; i < 2000; ++i) {
        fresh.enqueue("m");
      }
      SessionOwner fresh_owner(test::borrow(fresh));
      PrefetchWindow capped(fresh_owner, plan, clock);
      DeliveryLedger deliveries;
      capped.open(most);
      for (int i = 0; i < 3000 && fresh.delivered < 2000; ++i) {
        if (const auto event = fresh.next()) {
          const auto tag = std::get<Delivery>(*event).delivery_tag;
          EXPECT_TRUE(capped.note(std::get<Delivery>(*event)));
          deliveries.add(tag, true, capped.last_consumer());
          deliveries.decide(tag, fate);
        }
        if (i % 3 == 0) {
          capped.widen(deliveries);
          for (const auto& each : deliveries.take_due(capped.grantable(deliveries))) {
            fresh.settle(each.delivery_tag, each.how, each.multiple);
          }
          fresh.flush();
        }
      }
      EXPECT_EQ(fresh.delivered, most);
    }
  }
}

TEST_F(Window, OfASingleActiveConsumerMovesOnWhenThatIsFullOfHeldMessages) {
  session.single_active = true;
  open();
  int came = 0;
  for (int i = 0; i < 40; ++i) {
    came += take(Fate::hold);
    if (window.wake_at(ledger).at()) {
      clock.move(std::chrono::milliseconds(100));
    }
  }
  EXPECT_GT(came, 1000);
}

TEST_F(Window, OfASingleActiveConsumerGrowsWithoutMessagesOutOfOrder) {
  session.single_active = true;
  open();
  std::uint64_t came = 0;
  for (int i = 0; i < 500; ++i) {
    came += static_cast<std::uint64_t>(take(Fate::ack));
    settle();
  }
  EXPECT_GT(came, 10'000U);
}

TEST_F(Window, OfAQuietQueueDoesNotAskForMoreAgainAndAgain) {
  FakeSession quiet;
  quiet.enqueue("m");
  SessionOwner quiet_owner(test::borrow(quiet));
  PrefetchWindow waiting(quiet_owner, plan, clock);
  waiting.open({});
  const auto event = quiet.next();
  ASSERT_TRUE(event);
  EXPECT_TRUE(waiting.note(std::get<Delivery>(*event)));
  ledger.add(1, true, waiting.last_consumer());
  ledger.decide(1, Fate::hold);
  for (int i = 0; i < 100; ++i) {
    waiting.widen(ledger);
    clock.move(std::chrono::milliseconds(100));
  }
  EXPECT_LE(quiet.subscriptions.size(), 3U);
}

TEST_F(Window, WhatDoesNotCountMakesRoomForAnother) {
  open(2);
  EXPECT_EQ(take(Fate::hold), 1);
  EXPECT_EQ(take(Fate::hold), 1);
  EXPECT_EQ(take(Fate::hold), 0);
  window.allow_another();
  take(Fate::hold);
  EXPECT_EQ(take(Fate::hold), 1);
}

TEST_F(Window, ThatIsStoppedExpectsNothing) {
  open();
  take(Fate::hold);
  ASSERT_EQ(windows().size(), 2U);
  take(Fate::hold);
  ASSERT_TRUE(window.wake_at(ledger).at() || windows().size() > 2U);
  window.stop();
  EXPECT_FALSE(window.wake_at(ledger).at());
}

TEST_F(Window, StopsAConsumerWhoseBeginIsNotAnsweredYetLater) {
  session.awaits_late_reply = true;
  open();
  window.stop();
  session.flush();
  EXPECT_THAT(session.stopped, IsEmpty());
  session.awaits_late_reply = false;
  window.stop();
  window.stop();
  session.flush();
  EXPECT_THAT(session.stopped, ElementsAre("mscomm-1"));
}

TEST_F(Window, StopsTheConsumerWhoseRequestWasInterrupted) {
  session.on_consume = [] { throw Interrupted(); };
  EXPECT_THROW(open(), Interrupted);
  EXPECT_TRUE(window.is_open());
  window.cancel(Deadline());
  EXPECT_THAT(session.cancelled, ElementsAre("mscomm-1"));
}

TEST_F(Window, GoesOnInAStreamAtTheOffsetAfterTheLast) {
  FakeSession stream;
  const auto enqueue = [&](int offset) {
    FakeSession::Message message{"m", "", "q", {}, false};
    message.properties.headers = {{"x-stream-offset", FieldValue::integer(offset)}};
    stream.enqueue(message);
  };
  enqueue(41);
  SessionOwner stream_owner(test::borrow(stream));
  PrefetchWindow following(stream_owner, plan, clock);
  following.open({});
  const auto first = stream.next();
  ASSERT_TRUE(first);
  EXPECT_TRUE(following.note(std::get<Delivery>(*first)));
  ledger.add(1, true, following.last_consumer());
  following.widen(ledger);
  EXPECT_TRUE(following.is_stream());
  ASSERT_EQ(stream.subscriptions.size(), 2U);
  EXPECT_EQ(stream.subscriptions[1].prefetch, plan.prefetch);
  EXPECT_EQ(stream.subscriptions[1].arguments,
            (FieldTable{{"x-stream-offset", FieldValue::integer(42)}}));
  EXPECT_THAT(stream.cancelled, ElementsAre("mscomm-1"));
  // What was on its way to the first consumer comes again over the second.
  Delivery late;
  const Properties none;
  late.delivery_tag = 2;
  late.consumer_tag = "mscomm-1";
  late.properties = &none;
  EXPECT_FALSE(following.note(late));
  late.consumer_tag = "mscomm-2";
  EXPECT_TRUE(following.note(late));
}

}  // namespace
}  // namespace mscomm
