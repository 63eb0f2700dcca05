#include "unit/consume/consumer_fixture.h"

namespace mscomm {
namespace {

using Settled = FakeSession::Settled;
using testing::ElementsAre;

// A run that loses its session once the queue is empty and goes on with `other`.
class Recovering : public Consumer {
 protected:
  Recovering() {
    reconnect = [this](bool) -> FakeSession& {
      ++reconnects;
      return other;
    };
  }

  void lose_when_waiting() {
    when_waiting([this] { session.push(session.closed); });
  }
  ConsumeReport run_both() {
    Writer writer(file.fd(), "out", ctx.stop);
    auto report = consume(session, writer);
    EXPECT_EQ(other.closes, 1);
    return report;
  }

  FakeSession other;
  int reconnects = 0;
};

TEST_F(Recovering, GoesOnOverAnotherConnection) {
  enqueue(2);
  lose_when_waiting();
  other.enqueue("m3");
  plan.idle = 50ms;
  const auto report = run_both();
  EXPECT_FALSE(report.error);
  EXPECT_EQ(reconnects, 1);
  EXPECT_EQ(file.content(), "m1\nm2\nm3\n");
  EXPECT_EQ(report.acknowledged, 3U);
  // Its tags are its own.
  EXPECT_THAT(other.settled, ElementsAre(Settled{1, Settle::ack, false}));
}

TEST_F(Recovering, TwoConnectionsThatEndAlikeEndTheRun) {
  plan.ack = AckMode::none;
  enqueue(2);
  lose_when_waiting();
  other.enqueue("m1");
  other.enqueue("m2");
  other.when_waited_for.emplace_back([this] { other.push(other.closed); });
  Writer writer(file.fd(), "out", ctx.stop);
  const auto report = consume(session, writer);
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::unreachable);
  EXPECT_THAT(report.error->what(),
              HasSubstr("twice the connection ended after the same 2 messages"));
  EXPECT_EQ(reconnects, 1);
  EXPECT_EQ(file.content(), "m1\nm2\nm1\nm2\n");
}

TEST_F(Recovering, WhatWasNotSettledCountsAgain) {
  enqueue(2);  // with a window of 3 none of them is acknowledged yet
  plan.count = 3;
  lose_when_waiting();
  for (int i = 1; i <= 5; ++i) {
    other.enqueue({"m" + std::to_string(i), "", "q", {}, i <= 2});
  }
  const auto report = run_both();
  EXPECT_EQ(file.content(), "m1\nm2\nm1\nm2\nm3\n");
  EXPECT_EQ(report.taken, 5U);
  EXPECT_EQ(report.acknowledged, 3U);
  EXPECT_EQ(report.redelivered, 2U);
  EXPECT_EQ(other.ready(), 2U);
}

TEST_F(Recovering, WhatWasSettledIsNotCountedAgain) {
  enqueue(7);
  plan.count = 10;
  plan.prefetch = 4;  // six of ten may be acknowledged before the end
  when_waiting([] {});
  lose_when_waiting();
  for (int i = 7; i <= 20; ++i) {
    other.enqueue("m" + std::to_string(i));
  }
  const auto report = run_both();
  EXPECT_EQ(report.acknowledged, 10U);
  EXPECT_EQ(other.delivered, 4U);
  EXPECT_EQ(other.unacknowledged(), 0U);
}

TEST_F(Recovering, OfChosenMessagesThoseAreCountedThatWereSettled) {
  // The first is settled at once, the second has a command that runs when the connection is lost.
  matches = [](const DeliveryRecord& record) { return record.delivery.body != "no"; };
  exec.commands = {"exec sh", 1, true};
  plan.count = 2;
  plan.prefetch = 1;
  plan.unmatched = Fate::ack;
  for (const char* body : {"no", "echo 1", "no", "sleep 0.3; echo 2"}) {
    session.enqueue(body);
  }
  when_waiting([this] { session.close_when_settled = 3; });
  for (const char* body : {"echo 2", "echo 3"}) {
    other.enqueue(body);
  }
  const auto report = run_both();
  EXPECT_FALSE(report.error);
  EXPECT_EQ(file.content(), "1\n2\n");
  EXPECT_EQ(report.acknowledged, 4U);
}

TEST_F(Recovering, HeldMessagesOfTheOldConnectionAreTheBrokersAgain) {
  enqueue(3);
  plan.ack = AckMode::none;
  plan.idle = 50ms;
  lose_when_waiting();
  other.enqueue("m1");
  const auto report = run_both();
  EXPECT_TRUE(session.settled.empty());
  EXPECT_THAT(other.settled, ElementsAre(Settled{1, Settle::requeue, false}));
  EXPECT_EQ(report.returned, 1U);
}

TEST_F(Recovering, ARequestThatMeetsALostConnectionIsALossToo) {
  enqueue(1);
  plan.until_empty = true;
  session.on_declare_queue = [](const QueueDeclaration&) -> QueueState {
    throw Error(Exit::unreachable, "lost");
  };
  const auto report = run_both();
  EXPECT_FALSE(report.error);
  EXPECT_EQ(reconnects, 1);
}

TEST_F(Recovering, TheNameOfTheQueueMayChange) {
  lose_when_waiting();
  plan.temporary = true;
  plan.idle = 30ms;
  reconnect = [this](bool) -> FakeSession& {
    plan.queue = "amq.gen-2";
    return other;
  };
  run_both();
  EXPECT_EQ(other.subscriptions.at(0).queue, "amq.gen-2");
}

TEST_F(Recovering, ACancelledConsumerWhoseQueueIsThereGoesOn) {
  enqueue(2);
  end_when_waiting();
  plan.idle = 50ms;
  const auto report = run_both();
  EXPECT_FALSE(report.error);
  EXPECT_EQ(reconnects, 1);
  EXPECT_EQ(session.closes, 1);
  EXPECT_EQ(last_settled(), 2U);
}

TEST_F(Recovering, AConsumerTimeoutThatIsACancelEndsTheRunAndGivesBackWhatIsHeld) {
  session.broker_version = parse_broker_version("RabbitMQ", "4.3.0");
  plan.ack = AckMode::none;
  enqueue(2);
  end_when_waiting();
  const auto report = run();
  ASSERT_TRUE(report.error);
  EXPECT_THAT(report.error->what(), HasSubstr("not acknowledged in time"));
  EXPECT_EQ(reconnects, 0);
  EXPECT_EQ(report.returned, 2U);
}

TEST_F(Recovering, ACancelOfABrokerWithoutThatGoesOn) {
  session.broker_version = parse_broker_version("RabbitMQ", "4.2.7");
  plan.ack = AckMode::none;
  enqueue(2);
  end_when_waiting();
  plan.idle = 50ms;
  EXPECT_FALSE(run_both().error);
  EXPECT_EQ(reconnects, 1);
}

TEST_F(Recovering, ADeletedQueueIsTheEndAtOnce) {
  end_when_waiting();
  session.on_declare_queue = [](const QueueDeclaration&) -> QueueState {
    throw ChannelRefusal(Error(Exit::failed, "no queue 'q'"), 404,
                         "NOT_FOUND - no queue 'q' in vhost '/'");
  };
  const auto report = run();
  EXPECT_EQ(report.error->reason(), Exit::failed);
  EXPECT_THAT(report.error->what(), HasSubstr("was deleted"));
  EXPECT_EQ(reconnects, 0);
}

TEST_F(Recovering, AQueueWhoseNodeIsDownIsWaitedFor) {
  end_when_waiting();
  session.on_declare_queue = [](const QueueDeclaration&) -> QueueState {
    throw ChannelRefusal(Error(Exit::failed, "down"), 404,
                         "NOT_FOUND - home node 'rabbit@b' of durable queue 'q' in vhost '/' is "
                         "down or inaccessible");
  };
  plan.idle = 30ms;
  EXPECT_FALSE(run_both().error);
  EXPECT_EQ(reconnects, 1);
}

TEST_F(Recovering, ARefusalIsNotRepeated) {
  when_waiting([this] {
    session.push(Closed{Error(Exit::failed, "timed out"), true, 406, "PRECONDITION_FAILED"});
  });
  const auto report = run();
  EXPECT_STREQ(report.error->what(), "timed out");
  EXPECT_EQ(reconnects, 0);
}

TEST_F(Recovering, WithoutABrokerTheRunEndsWithThatError) {
  enqueue(2);
  lose_when_waiting();
  reconnect = [](bool) -> FakeSession& { throw Error(Exit::unreachable, "not connected again"); };
  Writer writer(file.fd(), "out", ctx.stop);
  const auto report = consume(session, writer);
  EXPECT_STREQ(report.error->what(), "not connected again");
  EXPECT_EQ(report.taken, 2U);
  EXPECT_EQ(session.closes, 0);  // it is not there any more
}

}  // namespace
}  // namespace mscomm
