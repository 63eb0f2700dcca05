#include "unit/consume/consumer_fixture.h"

namespace mscomm {
namespace {

using Settled = FakeSession::Settled;
using testing::ElementsAre;

TEST_F(Consumer, RejectingSettlesAfterTheRecordIsWritten) {
  enqueue(3);
  plan.ack = AckMode::reject;
  plan.until_empty = true;
  const auto report = run();
  EXPECT_EQ(file.content(), "m1\nm2\nm3\n");
  EXPECT_EQ(report.rejected, 3U);
  EXPECT_EQ(report.acknowledged, 0U);
  EXPECT_THAT(session.settled, ElementsAre(Settled{3, Settle::reject, true}));
}

TEST_F(Consumer, RejectingACountLeavesTheNextInTheQueue) {
  enqueue(20);
  plan.ack = AckMode::reject;
  plan.count = 12;
  plan.prefetch = 5;
  EXPECT_EQ(run().rejected, 12U);
  EXPECT_EQ(session.delivered, 12U);
}

// Given back at once they would come again and again.
TEST_F(Consumer, WhatGoesBackGoesBackAtTheEnd) {
  enqueue(100);
  plan.ack = AckMode::none;
  plan.until_empty = true;
  session.on_declare_queue = [this](const QueueDeclaration&) {
    EXPECT_TRUE(session.settled.empty());
    return QueueState{"q", static_cast<std::uint32_t>(session.ready()), 1};
  };
  const auto report = run();
  EXPECT_EQ(report.taken, 100U);
  EXPECT_EQ(report.returned, 100U);
  EXPECT_THAT(session.settled, ElementsAre(Settled{100, Settle::requeue, true}));
}

class Choosing : public Consumer {
 protected:
  Choosing() {
    plan.until_empty = true;
    plan.prefetch = 4;
    // Every third one.
    matches = [](const DeliveryRecord& record) { return record.delivery.delivery_tag % 3 == 0; };
  }
};

TEST_F(Choosing, UnmatchedMessagesAreHeldAndStallNothing) {
  enqueue(50);
  const auto report = run();
  EXPECT_FALSE(report.error);
  EXPECT_EQ(report.taken, 16U);
  EXPECT_EQ(report.acknowledged, 16U);
  EXPECT_EQ(report.returned, 34U);
  EXPECT_EQ(session.unacknowledged(), 0U);
  EXPECT_TRUE(file.content().starts_with("m3\nm6\nm9\n"));
  // Never more than a few on their way: each consumer has a small window.
  for (const auto& subscription : session.subscriptions) {
    EXPECT_LE(subscription.prefetch, 4);
  }
  EXPECT_GT(session.subscriptions.size(), 5U);
  EXPECT_EQ(session.cancelled.size(), session.subscriptions.size());
}

TEST_F(Choosing, UnmatchedMessagesAreSettledAsThePlanSays) {
  for (const auto& [fate, how] :
       {std::pair{Fate::ack, Settle::ack}, {Fate::reject, Settle::reject}}) {
    FakeSession broker;
    for (int i = 0; i < 5; ++i) {
      broker.enqueue("x");
    }
    plan.unmatched = fate;
    Writer writer(file.fd(), "out", ctx.stop);
    const auto report = consume(broker, writer);
    EXPECT_EQ(report.taken, 1U);
    EXPECT_EQ(report.acknowledged + report.rejected, 5U);
    EXPECT_EQ(broker.settled.back().how, how);
    EXPECT_EQ(broker.subscriptions.size(), 1U);
  }
}

TEST_F(Choosing, TheCountIsOfMatchedMessages) {
  enqueue(50);
  plan.count = 2;
  const auto report = run();
  EXPECT_EQ(file.content(), "m3\nm6\n");
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(session.unacknowledged(), session.delivered - 6);  // which close() gives back
}

TEST_F(Choosing, AMessageThatCannotBeJudgedEndsTheRunAndGoesBack) {
  enqueue(9);
  plan.prefetch = 100;
  matches = [](const DeliveryRecord& record) {
    if (record.delivery.body == "m3") {
      throw Error(Exit::failed, "message 3: no");
    }
    return true;
  };
  const auto report = run();
  EXPECT_STREQ(report.error->what(), "message 3: no");
  EXPECT_EQ(file.content(), "m1\nm2\n");
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_THAT(session.settled,
              ElementsAre(Settled{2, Settle::ack, true}, Settled{3, Settle::requeue, false}));
}

TEST_F(Consumer, AMessageThatCannotBeRenderedEndsTheRunAndGoesBack) {
  enqueue(3);
  render = [](std::string& out, const DeliveryRecord& record, const Pause& /*pause*/) {
    out += record.delivery.body;
    if (record.delivery.body == "m2") {
      throw Error(Exit::io, "no");
    }
  };
  const auto report = run();
  EXPECT_EQ(report.error->reason(), Exit::io);
  EXPECT_EQ(file.content(), "m1");
  EXPECT_THAT(session.settled,
              ElementsAre(Settled{1, Settle::ack, false}, Settled{2, Settle::requeue, false}));
}

}  // namespace
}  // namespace mscomm
