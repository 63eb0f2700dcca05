#include "core/consume/delivery_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <map>
#include <random>

namespace mscomm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

DeliveryLedger ledger_of(std::uint64_t deliveries) {
  DeliveryLedger ledger;
  for (std::uint64_t tag = 1; tag <= deliveries; ++tag) {
    ledger.add(tag);
  }
  return ledger;
}

TEST(DeliveryLedger, HasNothingToSayAboutOpenDeliveries) {
  auto ledger = ledger_of(3);
  EXPECT_THAT(ledger.take_due(), IsEmpty());
  EXPECT_EQ(ledger.unsettled(), 3U);
}

TEST(DeliveryLedger, SettlesARunOfNeighboursAtOnce) {
  auto ledger = ledger_of(5);
  ledger.decide_open(Fate::ack);
  EXPECT_THAT(ledger.take_due(), ElementsAre(Settlement{5, Settle::ack, true, 5}));
  EXPECT_THAT(ledger.take_due(), IsEmpty());
  EXPECT_EQ(ledger.settled(), 5U);
  ledger.add(6);
  ledger.decide_open(Fate::reject);
  EXPECT_THAT(ledger.take_due(), ElementsAre(Settlement{6, Settle::reject, false, 1}));
  EXPECT_EQ(ledger.unsettled(), 0U);
}

TEST(DeliveryLedger, BeginsAnotherSettlementWhereTheFateChanges) {
  auto ledger = ledger_of(6);
  for (const std::uint64_t tag : {1U, 2U, 5U, 6U}) {
    ledger.decide(tag, Fate::ack);
  }
  ledger.decide(3, Fate::requeue);
  ledger.decide(4, Fate::reject);
  EXPECT_THAT(
      ledger.take_due(),
      ElementsAre(Settlement{2, Settle::ack, true, 2}, Settlement{3, Settle::requeue, false, 1},
                  Settlement{4, Settle::reject, false, 1}, Settlement{6, Settle::ack, true, 2}));
}

TEST(DeliveryLedger, SettlesSinglyBehindAnUnsettledDelivery) {
  auto ledger = ledger_of(5);
  ledger.decide(2, Fate::ack);
  ledger.decide(3, Fate::ack);
  ledger.decide(5, Fate::ack);
  EXPECT_THAT(ledger.take_due(), ElementsAre(Settlement{2, Settle::ack, false, 1},
                                             Settlement{3, Settle::ack, false, 1},
                                             Settlement{5, Settle::ack, false, 1}));
  ledger.decide(1, Fate::ack);
  ledger.decide(4, Fate::ack);
  // Of the deliveries up to 4 no other is unsettled.
  EXPECT_THAT(ledger.take_due(), ElementsAre(Settlement{4, Settle::ack, true, 2}));
}

TEST(DeliveryLedger, HeldDeliveriesGoBackWhenTheyAreReleased) {
  auto ledger = ledger_of(4);
  ledger.decide(2, Fate::ack);
  ledger.decide_open(Fate::hold);
  EXPECT_EQ(ledger.held(), 3U);
  EXPECT_THAT(ledger.take_due(), ElementsAre(Settlement{2, Settle::ack, false, 1}));
  ledger.release_held(Fate::requeue);
  EXPECT_THAT(ledger.take_due(), ElementsAre(Settlement{4, Settle::requeue, true, 3}));
  EXPECT_EQ(ledger.held(), 0U);
  EXPECT_EQ(ledger.settled(), 4U);
}

TEST(DeliveryLedger, WhatIsOpenAgainDoesNotGoBackWithTheHeld) {
  auto ledger = ledger_of(3);
  ledger.decide_open(Fate::hold);
  ledger.decide(2, Fate::open);
  EXPECT_EQ(ledger.held(), 2U);
  ledger.release_held(Fate::requeue);
  EXPECT_THAT(ledger.take_due(), ElementsAre(Settlement{1, Settle::requeue, false, 1},
                                             Settlement{3, Settle::requeue, false, 1}));
  // It is found although all before it were decided once.
  ledger.decide_open(Fate::ack);
  EXPECT_THAT(ledger.take_due(), ElementsAre(Settlement{2, Settle::ack, false, 1}));
}

TEST(DeliveryLedger, SettlesNoMoreThanItIsAllowed) {
  auto ledger = ledger_of(5);
  ledger.decide_open(Fate::ack);
  EXPECT_THAT(ledger.take_due(0), IsEmpty());
  EXPECT_THAT(ledger.take_due(2), ElementsAre(Settlement{2, Settle::ack, true, 2}));
  EXPECT_EQ(ledger.unsettled(), 3U);
  EXPECT_THAT(ledger.take_due(), ElementsAre(Settlement{5, Settle::ack, true, 3}));
}

TEST(DeliveryLedger, DecidesOnce) {
  auto ledger = ledger_of(2);
  ledger.decide(1, Fate::ack);
  EXPECT_THAT(ledger.take_due(), ElementsAre(Settlement{1, Settle::ack, false, 1}));
  ledger.decide(1, Fate::reject);
  ledger.decide(7, Fate::reject);
  ledger.decide_open(Fate::hold);
  EXPECT_THAT(ledger.take_due(), IsEmpty());
}

// A broker that does what settlements say, and complains about those that make no sense.
class Broker {
 public:
  void deliver() { unsettled_[++last_] = {}; }
  void settle(const Settlement& settlement, const std::map<std::uint64_t, Fate>& decided) {
    std::uint64_t count = 0;
    ASSERT_TRUE(unsettled_.contains(settlement.delivery_tag)) << "unknown delivery tag";
    for (auto at = unsettled_.begin(); at != unsettled_.end();) {
      if (at->first == settlement.delivery_tag ||
          (settlement.multiple && at->first < settlement.delivery_tag)) {
        const auto fate = decided.find(at->first);
        ASSERT_NE(fate, decided.end()) << at->first << " is open";
        const auto expected = fate->second == Fate::ack      ? Settle::ack
                              : fate->second == Fate::reject ? Settle::reject
                                                             : Settle::requeue;
        ASSERT_EQ(settlement.how, expected) << at->first;
        at = unsettled_.erase(at);
        ++count;
      } else {
        ++at;
      }
    }
    EXPECT_EQ(count, settlement.messages);
  }
  [[nodiscard]] std::size_t unsettled() const { return unsettled_.size(); }
  [[nodiscard]] std::uint64_t last() const { return last_; }

 private:
  std::map<std::uint64_t, bool> unsettled_;
  std::uint64_t last_ = 0;
};

TEST(DeliveryLedger, SettlesEachDeliveryOnceAndAsItWasDecided) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::minstd_rand random(seed);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    Broker broker;
    DeliveryLedger ledger;
    std::map<std::uint64_t, Fate> decided;
    const auto settle = [&](std::uint64_t most) {
      for (const auto& settlement : ledger.take_due(most)) {
        broker.settle(settlement, decided);
      }
    };
    for (int step = 0; step < 300; ++step) {
      if (below(2) == 0) {
        broker.deliver();
        ledger.add(broker.last());
      } else if (broker.last() > 0) {
        const auto tag = 1 + below(broker.last());
        constexpr std::array kFates{Fate::ack, Fate::ack, Fate::reject, Fate::requeue, Fate::hold};
        const auto fate = kFates[below(kFates.size())];
        if (!decided.contains(tag)) {
          ledger.decide(tag, fate);
          decided[tag] = fate;
        }
      }
      if (below(4) == 0) {
        settle(below(5));
      }
    }
    ledger.release_held(Fate::requeue);
    ledger.decide_open(Fate::ack);
    for (std::uint64_t tag = 1; tag <= broker.last(); ++tag) {
      decided.emplace(tag, Fate::ack);
    }
    settle(std::numeric_limits<std::uint64_t>::max());
    ASSERT_EQ(broker.unsettled(), 0U) << "with seed " << seed;
    ASSERT_EQ(ledger.settled(), broker.last());
    ASSERT_FALSE(HasFailure()) << "with seed " << seed;
  }
}

TEST(DeliveryLedger, CountsWhatWasAskedForOnItsOwn) {
  DeliveryLedger ledger;
  ledger.add(1, false);
  ledger.add(2);
  ledger.add(3);
  ledger.decide(1, Fate::ack);
  ledger.decide(2, Fate::ack);
  ledger.take_due();
  EXPECT_EQ(ledger.settled(), 2U);
  EXPECT_EQ(ledger.settled_asked_for(), 1U);
}

TEST(DeliveryLedger, CountsWhatEachConsumerHasGot) {
  DeliveryLedger ledger;
  for (std::uint64_t tag = 1; tag <= 3; ++tag) {
    ledger.add(tag, true, 1);
  }
  ledger.decide(1, Fate::hold);
  ledger.decide(2, Fate::hold);
  EXPECT_EQ(ledger.share(1).held, 2U);
  EXPECT_EQ(ledger.share(1).unsettled, 3U);
  ledger.add(4, true, 2);
  ledger.decide(4, Fate::hold);
  EXPECT_EQ(ledger.share(2).held, 1U);
  EXPECT_EQ(ledger.share(2).unsettled, 1U);
  EXPECT_EQ(ledger.holders(), 2U);
  // What was held may be settled after all.
  ledger.decide(4, Fate::ack);
  ledger.take_due();
  EXPECT_EQ(ledger.held(), 2U);
  EXPECT_EQ(ledger.share(2).held, 0U);
  EXPECT_EQ(ledger.share(2).unsettled, 0U);
  EXPECT_EQ(ledger.holders(), 1U);
  EXPECT_EQ(ledger.added(), 4U);
  EXPECT_EQ(ledger.share(3).unsettled, 0U);
}

TEST(DeliveryLedger, GivesBackConsumerByConsumer) {
  DeliveryLedger ledger;
  for (std::uint64_t tag = 1; tag <= 4; ++tag) {
    ledger.add(tag, true, tag < 3 ? 1 : 2);
    ledger.decide(tag, Fate::requeue);
  }
  EXPECT_THAT(ledger.take_due(), testing::ElementsAre(Settlement{2, Settle::requeue, true, 2},
                                                      Settlement{4, Settle::requeue, true, 2}));
}

TEST(DeliveryLedger, RefusesATagThatIsNotTheNext) {
  DeliveryLedger ledger;
  ledger.add(1);
  EXPECT_THROW(ledger.add(3), Error);
  ledger.decide(1, Fate::ack);
  ledger.take_due();
  EXPECT_THROW(ledger.add(3), Error);
  ledger.add(2);
  EXPECT_EQ(ledger.unsettled(), 1U);
}

TEST(DeliveryLedger, TagsThatLeaveNoRoomToCountOnAreRefused) {
  for (const std::uint64_t tag : {std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max()}) {
    DeliveryLedger ledger;
    EXPECT_THROW(ledger.add(tag), Error);
  }
}

}  // namespace
}  // namespace mscomm
