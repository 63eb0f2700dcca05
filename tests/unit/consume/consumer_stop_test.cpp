#include "core/amqp/broker_error.h"
#include "unit/consume/consumer_fixture.h"

namespace mscomm {
namespace {

TEST_F(Consumer, IdleEndsTheRunWithoutAnError) {
  enqueue(2);
  plan.idle = 20ms;
  const auto report = run();
  EXPECT_EQ(report.taken, 2U);
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_FALSE(report.error);
}

TEST_F(Consumer, TimeSpentOnTheOutputIsNotIdle) {
  plan.idle = 30ms;
  plan.prefetch = 1;
  enqueue(1);
  when_waiting([this] { enqueue(1, 2); });
  int rendered = 0;
  render = [&](std::string& out, const DeliveryRecord&, const Pause& /*pause*/) {
    if (++rendered == 1) {
      std::this_thread::sleep_for(60ms);
    }
    out += "x";
  };
  EXPECT_EQ(run().taken, 2U);
}

TEST_F(Consumer, UntilEmptyNeedsSeveralEmptyAnswersInARow) {
  enqueue(2);
  plan.until_empty = true;
  int asked = 0;
  session.on_declare_queue = [&](const QueueDeclaration& question) -> QueueState {
    EXPECT_TRUE(question.passive);
    EXPECT_EQ(question.name, "q");
    ++asked;
    if (asked == 2) {
      enqueue(1, 3);  // was on its way to us while the broker said that nothing was ready
    }
    return {"q", asked == 4 ? 1U : 0U, 1};
  };
  const auto report = run();
  EXPECT_EQ(report.taken, 3U);
  EXPECT_EQ(report.acknowledged, 3U);
  EXPECT_FALSE(report.error);
  EXPECT_EQ(asked, 2 + 2 + 3);
}

TEST_F(Consumer, AMessageThatIsOnItsWayKeepsTheQueueFromBeingEmptyOrIdle) {
  plan.until_empty = true;
  plan.idle = 10ms;
  session.receiving = true;
  int asked = 0;
  session.on_declare_queue = [&](const QueueDeclaration&) -> QueueState {
    ++asked;
    return {"q", 0, 1};
  };
  when_waiting([] { std::this_thread::sleep_for(20ms); }, 2);
  when_waiting([&] {
    EXPECT_EQ(asked, 0);
    session.receiving = false;
    enqueue(1);
  });
  plan.count = 1;
  const auto report = run();
  EXPECT_EQ(report.taken, 1U);
  EXPECT_FALSE(report.error);
}

TEST_F(Consumer, UntilEmptyOfAnEmptyQueueEndsAtOnce) {
  plan.until_empty = true;
  ctx.time_out_after(5s);
  const auto report = run();
  EXPECT_EQ(report.taken, 0U);
  EXPECT_FALSE(report.error);
}

TEST_F(Consumer, UntilEmptyTakesThePrefetchManyTimesOver) {
  enqueue(100);
  plan.until_empty = true;
  plan.prefetch = 3;
  EXPECT_EQ(run().acknowledged, 100U);
}

TEST_F(Consumer, UntilEmptyOfAQueueThatIsDeletedIsAnError) {
  plan.until_empty = true;
  session.on_declare_queue = [](const QueueDeclaration&) -> QueueState {
    throw ChannelRefusal(Error(Exit::failed, "no queue 'q'"), 404, "NOT_FOUND - no queue 'q'");
  };
  EXPECT_EQ(run().error->reason(), Exit::failed);
}

TEST_F(Consumer, AnAnswerThatTheDeadlineCutsOffIsTheDeadlinesEnd) {
  plan.until_empty = true;
  ctx.time_out_after(50ms);
  session.on_declare_queue = [this](const QueueDeclaration&) -> QueueState {
    while (!ctx.context.deadline.passed(ctx.clock.now())) {
    }
    throw Error(Exit::timeout, "the broker did not answer in time");
  };
  EXPECT_STREQ(run().error->what(), "the deadline passed after 0 messages");
}

TEST_F(Consumer, ACancelledConsumerIsAnErrorAfterWhatCameBefore) {
  enqueue(2);
  end_when_waiting();
  const auto report = run();
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::failed);
  EXPECT_THAT(report.error->what(), HasSubstr("queue 'q' ended"));
  EXPECT_EQ(file.content(), "m1\nm2\n");
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(last_settled(), 2U);
}

TEST_F(Consumer, ALostConnectionIsAnErrorAfterWhatCameBefore) {
  enqueue(2);
  when_waiting([this] { session.push(session.closed); });
  const auto report = run();
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::unreachable);
  EXPECT_EQ(report.taken, 2U);
  EXPECT_EQ(file.content(), "m1\nm2\n");
  EXPECT_TRUE(session.cancelled.empty());
}

TEST_F(Consumer, NothingIsAskedOfALostConnectionWhenTheReaderIsGoneToo) {
  enqueue(1);
  render = [this](std::string& out, const DeliveryRecord&, const Pause& /*pause*/) {
    session.push(session.closed);
    out += "x";
  };
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const UniqueFd ours(ends[0]);
  UniqueFd(ends[1]).reset();
  Writer writer(ours.get(), "out", ctx.stop);
  session.on_cancel = [] { throw Error(Exit::unreachable, "the connection is closed"); };
  const auto report = run(writer);
  EXPECT_TRUE(session.cancelled.empty());
  EXPECT_TRUE(report.reader_gone);
}

TEST_F(Consumer, AQueueThatCannotBeConsumedIsReported) {
  plan.queue = "missing";
  session.on_consume = [] { throw Error(Exit::failed, "no queue 'missing'"); };
  const auto report = run();
  EXPECT_STREQ(report.error->what(), "no queue 'missing'");
  EXPECT_TRUE(session.cancelled.empty());
}

TEST_F(Consumer, ADeadlineEndsPlainFollowingWithoutAnError) {
  enqueue(2);
  ctx.time_out_after(30ms);
  // As the real one's: a request does not outlive the deadline of the command.
  session.on_cancel = [this] {
    if (ctx.context.deadline.passed(ctx.clock.now())) {
      throw Error(Exit::timeout, "no answer to basic.cancel in time");
    }
  };
  const auto report = run();
  EXPECT_FALSE(report.error) << report.error->what();
  EXPECT_EQ(report.taken, 2U);
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(last_settled(), 2U);
}

TEST_F(Consumer, ADeadlineBeforeTheCountIsAnErrorOnceSomethingCame) {
  enqueue(2);
  plan.count = 3;
  ctx.time_out_after(30ms);
  const auto report = run();
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::timeout);
  EXPECT_THAT(report.error->what(), HasSubstr("after 2 messages"));
  EXPECT_EQ(report.acknowledged, 2U);
}

TEST_F(Consumer, ADeadlineBeforeAnythingCameIsLeftToTheCaller) {
  plan.count = 3;
  ctx.time_out_after(20ms);
  const auto report = run();
  EXPECT_FALSE(report.error);
  EXPECT_EQ(report.taken, 0U);
}

TEST_F(Consumer, WithTheGoodbyeAnsweredNothingIsAmiss) {
  enqueue(1);
  plan.count = 1;
  session.on_cancel = [] { throw Error(Exit::timeout, "too much is on its way"); };
  EXPECT_FALSE(run().error);
}

TEST_F(Consumer, AChannelThatTheBrokerClosedAtTheEndTookTheSettlementsWithIt) {
  enqueue(1);
  plan.count = 1;
  session.on_cancel = [] {
    throw ChannelRefusal(Error(Exit::failed, "the broker timed out"), 406, "PRECONDITION_FAILED");
  };
  const auto report = run();
  ASSERT_TRUE(report.error);
  EXPECT_STREQ(report.error->what(), "the broker timed out");
}

TEST_F(Consumer, AChannelThatIsClosedBehindTheLastSettlementDidNotTakeIt) {
  enqueue(2);
  plan.count = 2;
  session.close_when_settled = 2;
  session.closed = {broker_error(406, "PRECONDITION_FAILED - unknown delivery tag 1"), true, 406,
                    "PRECONDITION_FAILED - unknown delivery tag 1"};
  const auto report = run();
  ASSERT_TRUE(report.error);
  EXPECT_THAT(report.error->what(), HasSubstr("unknown delivery tag"));
}

TEST_F(Consumer, AFailedGoodbyeDoesNotHideWhatEndedTheRun) {
  enqueue(1);
  plan.count = 1;
  session.says_goodbye = false;
  session.on_cancel = [] { throw Error(Exit::unreachable, "lost"); };
  const auto report = run();
  EXPECT_EQ(report.taken, 1U);
  EXPECT_EQ(report.error->reason(), Exit::unreachable);
}

TEST_F(Consumer, WithoutAGoodbyeNobodyKnowsWhatTheBrokerHasRead) {
  enqueue(3);
  plan.count = 3;
  session.says_goodbye = false;
  const auto report = run();
  EXPECT_EQ(report.taken, 3U);
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::unreachable);
  EXPECT_THAT(report.error->what(), HasSubstr("what became of the last 3 messages"));
}

TEST_F(Consumer, AStopSignalAcknowledgesWhatIsWritten) {
  EXPECT_IN_CHILD(([&] {
    enqueue(3);
    when_waiting([] { raise(SIGINT); });
    const auto report = run();
    EXPECT_TRUE(report.interrupted);
    EXPECT_FALSE(report.error);
    EXPECT_EQ(report.acknowledged, 3U);
    EXPECT_EQ(last_settled(), 3U);
  }));
}

TEST_F(Consumer, AStopSignalIsSeenWhileTheOutputIsBlocked) {
  EXPECT_IN_CHILD(([&] {
    session.enqueue(std::string(100'000, 'x'));
    test::Pipe pipe;
    render = [&](std::string& out, const DeliveryRecord& record, const Pause& /*pause*/) {
      out += record.delivery.body;
      raise(SIGTERM);
    };
    Writer writer(pipe.write_end.get(), "out", ctx.stop);
    const auto report = run(writer);
    EXPECT_TRUE(report.interrupted);
    EXPECT_EQ(report.acknowledged, 0U);
    EXPECT_EQ(acknowledged(), 0U);
  }));
}

TEST_F(Consumer, AStopSignalIsSeenWhileDeliveriesKeepComing) {
  EXPECT_IN_CHILD(([&] {
    enqueue(1);
    plan.ack = AckMode::none;
    int rendered = 0;
    render = [&](std::string&, const DeliveryRecord&, const Pause& /*pause*/) {
      if (++rendered == 1000) {
        raise(SIGINT);
      }
      if (rendered > 100'000) {
        std::_Exit(3);
      }
      session.enqueue("next");
    };
    EXPECT_TRUE(run().interrupted);
  }));
}

TEST_F(Consumer, ADeadlineIsKeptWhileDeliveriesKeepComing) {
  enqueue(1);
  plan.ack = AckMode::none;
  ctx.time_out_after(20ms);
  int rendered = 0;
  render = [&](std::string&, const DeliveryRecord&, const Pause& /*pause*/) {
    if (++rendered < 300'000) {
      session.enqueue("next");
    }
  };
  run();
  EXPECT_LT(rendered, 300'000);
}

TEST_F(Consumer, ABatchedRestIsNotSleptThrough) {
  enqueue(5000);
  plan.count = 5000;
  plan.ack = AckMode::none;
  session.wake = TimePoint::max();
  ctx.time_out_after(20s);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(run().taken, 5000U);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
}

}  // namespace
}  // namespace mscomm
