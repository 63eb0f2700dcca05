#include "core/amqp/consumer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <thread>

#include "unit/fake_session.h"
#include "unit/run_context.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;
using test::FakeSession;
using testing::HasSubstr;

std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (read(fd, &c, 1) == 1 && c != '\n') {
    line += c;
  }
  return line;
}

class Consumer : public testing::Test {
 protected:
  Consumer() {
    plan.queue = "q";
    ctx.time_out_after(30s);  // no test may hang
  }

  void enqueue(int count, int from = 1) {
    for (int i = from; i < from + count; ++i) {
      session.enqueue("m" + std::to_string(i));
    }
  }
  void when_waiting(std::function<void()> step, int times = 1) {
    for (int i = 0; i < times; ++i) {
      session.when_waited_for.push_back(step);
    }
  }
  void end_when_waiting() {
    when_waiting([this] { session.push(Cancelled{"ctag"}); });
  }

  ConsumeReport run(Writer& writer) {
    auto report = consume_all(session, plan, render, writer, ctx.context);
    EXPECT_EQ(session.closes, 1);
    return report;
  }
  ConsumeReport run() {
    Writer writer(file.fd(), "out", ctx.stop);
    return run(writer);
  }
  /// Runs with the write end of a pipe as the output; `reader` has a thread of its own.
  ConsumeReport run_piped(const std::function<void(int fd)>& reader) {
    test::Pipe pipe;
    std::thread thread([&] {
      reader(pipe.read_end.get());
      pipe.read_end.reset();
    });
    auto report = [&] {
      Writer writer(pipe.write_end.get(), "out", ctx.stop);
      return run(writer);
    }();
    pipe.write_end.reset();
    thread.join();
    return report;
  }
  [[nodiscard]] std::uint64_t last_settled() const {
    return session.settled.empty() ? 0 : session.settled.back().tag;
  }

  FakeSession session;
  ConsumePlan plan;
  test::RunContext ctx;
  test::TempFile file;
  Render render = [](std::string& out, const Delivery& delivery, WallTime) {
    out += delivery.body;
    out += '\n';
  };
};

TEST_F(Consumer, TakesTheCountAndLeavesTheNextInTheQueue) {
  enqueue(5);
  plan.count = 3;
  const auto report = run();
  EXPECT_EQ(report.taken, 3U);
  EXPECT_EQ(report.acknowledged, 3U);
  EXPECT_FALSE(report.error || report.interrupted || report.reader_gone);
  EXPECT_EQ(file.content(), "m1\nm2\nm3\n");
  EXPECT_EQ(session.delivered, 3U);
  EXPECT_EQ(session.ready(), 2U);
  EXPECT_EQ(session.subscriptions.at(0).queue, "q");
  EXPECT_EQ(session.cancelled, std::vector<std::string>{"ctag"});
  EXPECT_EQ(session.unacknowledged(), 0U);
}

TEST_F(Consumer, NeverAcknowledgesSoFarThatTheBrokerSendsMoreThanWasAskedFor) {
  for (const std::uint64_t count : {1U, 2U, 9U, 10U, 11U, 57U, 1000U}) {
    for (const std::uint16_t prefetch : {std::uint16_t{1}, std::uint16_t{10}, std::uint16_t{256}}) {
      FakeSession broker;
      for (int i = 0; i < 1100; ++i) {
        broker.enqueue("x");
      }
      plan.count = count;
      plan.prefetch = prefetch;
      Writer writer(file.fd(), "out", ctx.stop);
      const auto report = consume_all(broker, plan, render, writer, ctx.context);
      EXPECT_EQ(report.taken, count);
      EXPECT_EQ(report.acknowledged, count);
      EXPECT_EQ(broker.delivered, count) << "with prefetch " << prefetch;
      EXPECT_EQ(broker.unacknowledged(), 0U);
    }
  }
}

TEST_F(Consumer, AcknowledgesOnlyWhatIsWritten) {
  enqueue(3);
  end_when_waiting();
  render = [this](std::string& out, const Delivery& delivery, WallTime) {
    EXPECT_TRUE(session.settled.empty());
    EXPECT_EQ(session.buffered(), 0U);
    out += delivery.body;
  };
  const auto report = run();
  EXPECT_EQ(report.acknowledged, 3U);
  EXPECT_EQ(session.settled, (std::vector<FakeSession::Settled>{{3, Settle::ack, true}}));
}

TEST_F(Consumer, AutomaticAcknowledgesBeforeTheRecordIsWritten) {
  enqueue(2);
  end_when_waiting();
  plan.ack = AckMode::automatic;
  render = [this](std::string&, const Delivery& delivery, WallTime) {
    EXPECT_EQ(last_settled(), delivery.delivery_tag);
  };
  EXPECT_EQ(run().acknowledged, 2U);
}

TEST_F(Consumer, WithoutAcknowledgingNothingStopsTheFlow) {
  enqueue(1000);
  end_when_waiting();
  plan.ack = AckMode::none;
  plan.prefetch = 10;
  const auto report = run();
  EXPECT_EQ(report.taken, 1000U);
  EXPECT_EQ(report.acknowledged, 0U);
  EXPECT_EQ(session.subscriptions.at(0).prefetch, 0);
  EXPECT_TRUE(session.settled.empty());
}

TEST_F(Consumer, WithoutAcknowledgingACountIsThePrefetch) {
  enqueue(10);
  plan.ack = AckMode::none;
  plan.count = 4;
  EXPECT_EQ(run().taken, 4U);
  EXPECT_EQ(session.delivered, 4U);
  plan.count = 65536;
  FakeSession other;
  other.when_waited_for.emplace_back([&] { other.push(Cancelled{"ctag"}); });
  Writer writer(file.fd(), "out", ctx.stop);
  consume_all(other, plan, render, writer, ctx.context);
  EXPECT_EQ(other.subscriptions.at(0).prefetch, 0);
}

TEST_F(Consumer, AReaderThatGoesLeavesTheRestInTheQueue) {
  enqueue(50);
  std::string got;
  const auto report = run_piped([&](int fd) {
    for (int i = 0; i < 3; ++i) {
      got += read_line(fd) + " ";
    }
  });
  EXPECT_EQ(got, "m1 m2 m3 ");
  EXPECT_TRUE(report.reader_gone);
  EXPECT_FALSE(report.error);
  EXPECT_EQ(report.taken, 3U);
  EXPECT_EQ(report.acknowledged, 3U);
  EXPECT_EQ(last_settled(), 3U);
}

TEST_F(Consumer, RecordsLargerThanThePipeAreTakenOrNotAsAWhole) {
  const std::string large(200'000, 'x');
  for (int i = 0; i < 5; ++i) {
    session.enqueue(large);
  }
  const auto report = run_piped([&](int fd) {
    read_line(fd);
    read_line(fd);
    char one = 0;
    EXPECT_EQ(read(fd, &one, 1), 1);
  });
  EXPECT_TRUE(report.reader_gone);
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(last_settled(), 2U);
}

TEST_F(Consumer, AReaderThatWasNeverThereTakesNothing) {
  enqueue(5);
  test::Pipe pipe;
  pipe.read_end.reset();
  Writer writer(pipe.write_end.get(), "out", ctx.stop);
  const auto report = run(writer);
  EXPECT_TRUE(report.reader_gone);
  EXPECT_EQ(report.acknowledged, 0U);
  EXPECT_TRUE(session.settled.empty());
}

TEST_F(Consumer, AReaderThatGoesWhileNothingComesEndsTheRun) {
  test::Pipe pipe;
  when_waiting([&] { pipe.read_end.reset(); });
  Writer writer(pipe.write_end.get(), "out", ctx.stop);
  const auto report = run(writer);
  EXPECT_TRUE(report.reader_gone);
  EXPECT_FALSE(report.error);
}

TEST_F(Consumer, AClosedSocketEndsTheRunToo) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  when_waiting([&] { theirs.reset(); });
  ctx.time_out_after(5s);
  Writer writer(ours.get(), "out", ctx.stop);
  const auto report = run(writer);
  EXPECT_TRUE(report.reader_gone);
  EXPECT_LT(session.waits, 10U);
}

TEST_F(Consumer, AllRecordsReachAReaderThatStays) {
  enqueue(300);
  plan.count = 300;
  plan.prefetch = 20;
  std::string got;
  const auto report = run_piped([&](int fd) {
    for (int i = 0; i < 300; ++i) {
      got += read_line(fd) + "\n";
    }
  });
  EXPECT_EQ(report.acknowledged, 300U);
  std::string expected;
  for (int i = 1; i <= 300; ++i) {
    expected += "m" + std::to_string(i) + "\n";
  }
  EXPECT_EQ(got, expected);
}

TEST_F(Consumer, AFullDiskIsAnErrorAndNothingIsAcknowledged) {
  enqueue(3);
  const UniqueFd full = open_for_writing("/dev/full");
  Writer writer(full.get(), "/dev/full", ctx.stop);
  const auto report = run(writer);
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::io);
  EXPECT_EQ(report.taken, 0U);
  EXPECT_EQ(report.acknowledged, 0U);
  EXPECT_TRUE(session.settled.empty());
}

TEST_F(Consumer, HeartbeatsGoOnWhileTheOutputIsBlocked) {
  session.enqueue(std::string(100'000, 'x'));
  test::Pipe pipe;
  ctx.time_out_after(1200ms);
  Writer writer(pipe.write_end.get(), "out", ctx.stop);
  const auto report = run(writer);
  EXPECT_GE(session.keep_alives, 2U);
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::timeout);
  EXPECT_THAT(report.error->what(), HasSubstr("output was blocked"));
  EXPECT_EQ(report.acknowledged, 0U);
}

// Each record finds the output ready within the 500 ms after which a blocked one is looked after.
TEST_F(Consumer, HeartbeatsGoOnWhileTheOutputIsOnlySlow) {
  enqueue(30);
  end_when_waiting();
  plan.ack = AckMode::none;
  render = [](std::string& out, const Delivery& delivery, WallTime) {
    std::this_thread::sleep_for(50ms);
    out += delivery.body;
  };
  EXPECT_EQ(run().taken, 30U);
  EXPECT_GE(session.keep_alives, 2U);
}

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
  render = [&](std::string& out, const Delivery&, WallTime) {
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
  render = [this](std::string& out, const Delivery&, WallTime) {
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

TEST_F(Consumer, AFailedGoodbyeDoesNotHideWhatEndedTheRun) {
  enqueue(1);
  plan.count = 1;
  session.on_cancel = [] { throw Error(Exit::unreachable, "lost"); };
  const auto report = run();
  EXPECT_EQ(report.taken, 1U);
  EXPECT_EQ(report.error->reason(), Exit::unreachable);
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
    render = [&](std::string& out, const Delivery& delivery, WallTime) {
      out += delivery.body;
      raise(SIGTERM);
    };
    Writer writer(pipe.write_end.get(), "out", ctx.stop);
    const auto report = run(writer);
    EXPECT_TRUE(report.interrupted);
    EXPECT_EQ(report.acknowledged, 0U);
    EXPECT_TRUE(session.settled.empty());
  }));
}

TEST_F(Consumer, AStopSignalIsSeenWhileDeliveriesKeepComing) {
  EXPECT_IN_CHILD(([&] {
    enqueue(1);
    plan.ack = AckMode::none;
    int rendered = 0;
    render = [&](std::string&, const Delivery&, WallTime) {
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
  render = [&](std::string&, const Delivery&, WallTime) {
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
