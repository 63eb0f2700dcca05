#include "unit/consume/consumer_fixture.h"

namespace mscomm {
namespace {

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
  EXPECT_EQ(session.cancelled, std::vector<std::string>{"mscomm-1"});
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
      const auto report = consume(broker, writer);
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
  render = [this](std::string& out, const DeliveryRecord& record, const Pause& /*pause*/) {
    EXPECT_EQ(acknowledged(), 0U);
    EXPECT_EQ(session.buffered(), 0U);
    out += record.delivery.body;
  };
  const auto report = run();
  EXPECT_EQ(report.acknowledged, 3U);
  EXPECT_EQ(session.settled, (std::vector<FakeSession::Settled>{{3, Settle::ack, true}}));
}

TEST_F(Consumer, AutomaticAcknowledgesBeforeTheRecordIsWritten) {
  enqueue(2);
  end_when_waiting();
  plan.ack = AckMode::automatic;
  render = [this](std::string&, const DeliveryRecord& record, const Pause& /*pause*/) {
    EXPECT_EQ(last_settled(), record.delivery.delivery_tag);
  };
  EXPECT_EQ(run().acknowledged, 2U);
}

TEST_F(Consumer, WithoutAcknowledgingNothingStopsTheFlow) {
  enqueue(1000);
  plan.until_empty = true;
  plan.ack = AckMode::none;
  plan.prefetch = 10;
  const auto report = run();
  EXPECT_EQ(report.taken, 1000U);
  EXPECT_EQ(report.acknowledged, 0U);
  EXPECT_EQ(report.returned, 1000U);
  EXPECT_EQ(session.unacknowledged(), 0U);
}

TEST_F(Consumer, WithoutAcknowledgingACountIsThePrefetch) {
  enqueue(10);
  plan.ack = AckMode::none;
  plan.count = 4;
  EXPECT_EQ(run().taken, 4U);
  EXPECT_EQ(session.delivered, 4U);
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
  EXPECT_EQ(acknowledged(), 3U);
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
  EXPECT_EQ(acknowledged(), 2U);
}

TEST_F(Consumer, AReaderThatWasNeverThereTakesNothing) {
  enqueue(5);
  test::Pipe pipe;
  pipe.read_end.reset();
  Writer writer(pipe.write_end.get(), "out", ctx.stop);
  const auto report = run(writer);
  EXPECT_TRUE(report.reader_gone);
  EXPECT_EQ(report.acknowledged, 0U);
  EXPECT_EQ(acknowledged(), 0U);
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
  EXPECT_EQ(acknowledged(), 0U);
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
  render = [](std::string& out, const DeliveryRecord& record, const Pause& /*pause*/) {
    std::this_thread::sleep_for(50ms);
    out += record.delivery.body;
  };
  EXPECT_EQ(run().taken, 30U);
  EXPECT_GE(session.keep_alives, 2U);
}

}  // namespace
}  // namespace mscomm
