#include <filesystem>
#include <fstream>

#include "unit/consume/consumer_fixture.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

using Settled = FakeSession::Settled;
using testing::Contains;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class Retrying : public Consumer {
 protected:
  Retrying() {
    ctx.environment.variables = {{"PATH", "/usr/bin:/bin"}};
    plan.until_empty = true;
    plan.prefetch = 1;
    exec.commands = {"exec sh", 1, true};
    exec.retry = {3, {1ms, 1ms, Jitter::none}, 100};
    exec.once = true;
  }
  void enqueue_scripts(const std::vector<std::string>& scripts) {
    for (const auto& script : scripts) {
      session.enqueue(script);
    }
  }
  // Runs with messages that fail parked over a session of its own.
  ConsumeReport run_parking(std::uint32_t retries = 0) {
    SessionOwner owner(test::borrow(parking_session));
    Parking parking(owner, "p", ctx.context);
    exec.parking = &parking;
    exec.on_fail = OnFail::park;
    exec.retry.retries = retries;
    return run();
  }
  // A run that a signal ends once `is_time`; at the next wait `look` is called.
  void stop_when(const std::function<bool()>& is_time, const std::function<void()>& look) {
    plan.until_empty = false;
    session.wake = std::chrono::steady_clock::now();  // so that it waits again and again
    when_waiting(
        [this, is_time, look, state = std::make_shared<int>()] {
          if (*state == 0 && is_time()) {
            *state = 1;
            raise(SIGTERM);
          } else if (*state == 1) {
            *state = 2;
            session.wake = TimePoint::max();
            look();
          }
        },
        100'000);
  }

  FakeSession parking_session;
  test::TemporaryFolder folder;
};

TEST_F(Retrying, RunsACommandAgainUntilItSucceeds) {
  enqueue_scripts({"echo $MSCOMM_MESSAGE_ATTEMPT; [ $MSCOMM_MESSAGE_ATTEMPT = 3 ]", "echo b"});
  const auto report = run();
  EXPECT_EQ(report.taken, 2U);
  EXPECT_EQ(report.retried, 2U);
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(report.outcomes.count(Exit::ok), 2U);
  EXPECT_EQ(report.outcomes.count(Exit::failed), 0U);
  // Only the output of the last attempt.
  EXPECT_THAT(file.content(), testing::AnyOf("b\n3\n", "3\nb\n"));
}

TEST_F(Retrying, GivesUpAfterTheLastAttempt) {
  enqueue_scripts({"exit 5"});
  exec.on_fail = OnFail::reject;
  const auto report = run();
  EXPECT_EQ(report.retried, 3U);
  EXPECT_EQ(report.rejected, 1U);
  EXPECT_EQ(report.outcomes.count(Exit::failed), 1U);
}

TEST_F(Retrying, LetsOthersGoOnMeanwhile) {
  exec.retry.backoff = {1h, 1h, Jitter::none};
  enqueue_scripts({"exit 1", "exit 1", "exit 1", "exit 0", "exit 0"});
  plan.until_empty = false;
  ctx.time_out_after(1s);
  const auto report = run();
  EXPECT_EQ(report.error->reason(), Exit::timeout);
  EXPECT_STREQ(report.error->what(),
               "the deadline passed while messages waited for another attempt; they go back");
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(report.returned, 3U);
}

TEST_F(Retrying, HoldsUpOthersWhenTooManyWait) {
  exec.retry.backoff = {1h, 1h, Jitter::none};
  exec.retry.room = 2;
  enqueue_scripts({"exit 1", "exit 1", "exit 1", "exit 0", "exit 0"});
  ctx.time_out_after(1s);
  EXPECT_EQ(run().acknowledged, 0U);
  EXPECT_EQ(session.delivered, 3U);
}

// The window of a run with a count must not be lost to messages that wait.
TEST_F(Retrying, TakesACountAndLeavesTheNext) {
  plan.until_empty = false;
  for (const std::uint64_t count : {1U, 2U, 5U, 9U}) {
    FakeSession broker;
    for (int i = 0; i < 12; ++i) {
      broker.enqueue("[ $MSCOMM_MESSAGE_ATTEMPT = $((MSCOMM_MESSAGE_DELIVERY_TAG % 3 + 1)) ]");
    }
    plan.count = count;
    Writer writer(file.fd(), "out", ctx.stop);
    const auto report = consume(broker, writer);
    EXPECT_FALSE(report.error) << report.error->what();
    EXPECT_EQ(report.acknowledged, count);
    EXPECT_EQ(broker.delivered, count);
    EXPECT_EQ(broker.unacknowledged(), 0U);
  }
}

TEST_F(Retrying, SettlesWhatIsDoneWhileAnotherWaitsAndTheCountIsReached) {
  exec.retry.backoff = {1h, 1h, Jitter::none};
  plan.until_empty = false;
  plan.count = 3;
  plan.prefetch = 2;
  enqueue_scripts({"exit 1", "exit 0", "exit 0", "exit 0"});
  ctx.time_out_after(1s);
  bool settled_in_time = false;
  when_waiting([&] { settled_in_time = settled_in_time || session.settled.size() == 2; }, 100);
  EXPECT_EQ(run().error->reason(), Exit::timeout);
  EXPECT_TRUE(settled_in_time);
  EXPECT_EQ(session.delivered, 3U);
}

TEST_F(Retrying, ForgetsWhatWaitsWhenTheConnectionIsLost) {
  FakeSession second;
  reconnect = [&](bool) -> FakeSession& {
    second.enqueue({"exit 0", "", "q", {}, true});
    return second;
  };
  exec.retry.backoff = {1h, 1h, Jitter::none};
  enqueue_scripts({"exit 1"});
  const auto drop = [&] {
    if (session.settled.empty() && session.delivered == 1 && session.waits > 20) {
      session.push(session.closed);
    }
  };
  when_waiting(drop, 50);
  Writer writer(file.fd(), "out", ctx.stop);
  const auto report = consume(session, writer);
  EXPECT_FALSE(report.error) << report.error->what();
  EXPECT_EQ(report.acknowledged, 1U);
  EXPECT_EQ(report.redelivered, 1U);
}

// Others must not get what it may do.
TEST_F(Retrying, KeepsTheMessageOfAnAttemptThatRunsWhenASignalComes) {
  EXPECT_IN_CHILD(([&] {
    const auto began = folder.path() + "/began";
    const auto go = folder.path() + "/go";
    enqueue_scripts({"[ $MSCOMM_MESSAGE_ATTEMPT = 2 ] || exit 1; >" + began + "; until [ -e " + go +
                     " ]; do sleep 0.01; done"});
    exec.drain = 20s;
    stop_when([&] { return std::filesystem::exists(began); },
              [&] {
                EXPECT_THAT(session.settled, ElementsAre());
                const std::ofstream made(go);
              });
    const auto report = run();
    EXPECT_TRUE(report.interrupted);
    EXPECT_THAT(session.settled, ElementsAre(Settled{1, Settle::ack, false}));
    EXPECT_EQ(report.acknowledged, 1U);
    EXPECT_EQ(report.returned, 0U);
  }));
}

TEST_F(Retrying, WhatTheSignalEndsGoesBackAtItsEnd) {
  EXPECT_IN_CHILD(([&] {
    const auto began = folder.path() + "/began";
    enqueue_scripts({"[ $MSCOMM_MESSAGE_ATTEMPT = 2 ] || exit 1; >" + began + "; exec sleep 30"});
    exec.drain = 10ms;
    stop_when([&] { return std::filesystem::exists(began); }, [] {});
    const auto report = run();
    EXPECT_EQ(report.returned, 1U);
    EXPECT_EQ(session.unacknowledged(), 0U);
  }));
}

TEST_F(Retrying, KeepsTheMessageThatIsBeingParkedWhenASignalComes) {
  EXPECT_IN_CHILD(([&] {
    parking_session.answer = FakeSession::Answer::withhold;
    enqueue_scripts({"exit 1"});
    stop_when([&] { return !parking_session.published.empty(); },
              [&] {
                EXPECT_THAT(session.settled, ElementsAre());
                parking_session.confirm(1);
              });
    const auto report = run_parking(1);
    EXPECT_EQ(report.parked, 1U);
    EXPECT_THAT(session.settled, ElementsAre(Settled{1, Settle::ack, false}));
    EXPECT_EQ(report.returned, 0U);
  }));
}

TEST_F(Retrying, KeepsTheRequestWhoseReplyIsUnderWayWhenASignalComes) {
  EXPECT_IN_CHILD(([&] {
    reply = true;
    session.answer = FakeSession::Answer::withhold;
    Properties properties;
    properties.reply_to = "r";
    session.enqueue({"[ $MSCOMM_MESSAGE_ATTEMPT = 2 ]", "", "q", properties, false});
    // One that runs, so that the session is attended meanwhile.
    const auto go = folder.path() + "/go";
    session.enqueue("until [ -e " + go + " ]; do sleep 0.01; done");
    exec.commands.concurrency = 2;
    plan.prefetch = 2;
    exec.drain = 20s;
    stop_when([&] { return !session.published.empty(); },
              [&] {
                EXPECT_THAT(session.settled, ElementsAre());
                session.confirm(1);
                const std::ofstream made(go);
              });
    const auto report = run();
    EXPECT_EQ(report.acknowledged, 2U);
    EXPECT_EQ(report.returned, 0U);
  }));
}

TEST_F(Retrying, CountsNoAttemptThatDoesNotCome) {
  EXPECT_IN_CHILD(([&] {
    const auto began = folder.path() + "/began";
    exec.retry.backoff = {1h, 1h, Jitter::none};
    enqueue_scripts({"exit 1", ">" + began});  // the second comes when the first waits
    stop_when([&] { return std::filesystem::exists(began); }, [] {});
    const auto report = run();
    EXPECT_EQ(report.retried, 0U);
    EXPECT_EQ(report.returned, 1U);
  }));
}

TEST_F(Retrying, ParksWhatFailed) {
  Properties properties;
  properties.message_id = "m";
  properties.expiration = "1000";
  session.enqueue({"exit 7", "x", "key", properties, false});
  enqueue_scripts({"exit 0"});
  const auto report = run_parking();
  EXPECT_EQ(report.parked, 1U);
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(report.outcomes.count(Exit::failed), 1U);
  ASSERT_EQ(parking_session.published.size(), 1U);
  const auto& copy = parking_session.published[0];
  EXPECT_EQ(copy.route, (Route{"", "p"}));
  EXPECT_TRUE(copy.mandatory);
  EXPECT_EQ(copy.body, "exit 7");
  EXPECT_EQ(copy.properties.message_id, "m");
  EXPECT_FALSE(copy.properties.expiration);
  EXPECT_THAT(*copy.properties.headers,
              Contains(testing::Pair("x-mscomm-exit", FieldValue::integer(7))));
  EXPECT_THAT(*copy.properties.headers,
              Contains(testing::Pair("x-mscomm-routing-key", FieldValue::text("key"))));
}

TEST_F(Retrying, PutsBackWhatCannotBeParked) {
  for (const auto answer : {FakeSession::Answer::refuse, FakeSession::Answer::send_back}) {
    FakeSession broker;
    FakeSession target;
    broker.enqueue("exit 1");
    target.answer = answer;
    SessionOwner owner(test::borrow(target));
    Parking parking(owner, "p", ctx.context);
    exec.parking = &parking;
    exec.on_fail = OnFail::park;
    exec.retry.retries = 0;
    Writer writer(file.fd(), "out", ctx.stop);
    const auto report = consume(broker, writer);
    EXPECT_FALSE(report.error);
    EXPECT_EQ(report.parked, 0U);
    EXPECT_EQ(report.returned, 1U);
    EXPECT_EQ(report.acknowledged, 0U);
  }
}

TEST_F(Retrying, EndsWhenNothingCanBeParkedAnyMore) {
  enqueue_scripts({"exit 1", "exit 0"});
  parking_session.close_after = 0;
  parking_session.on_publish = [&] { parking_session.push(parking_session.closed); };
  const auto report = run_parking();
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::unreachable);
  EXPECT_EQ(report.parked, 0U);
  EXPECT_THAT(session.settled, Contains(Settled{1, Settle::requeue, false}));
}

// Time passes whenever somebody looks.
class HastyClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_ += 1s; }
  [[nodiscard]] WallTime wall() const override { return {}; }

 private:
  mutable TimePoint now_;
};

TEST_F(Retrying, GivesUpAParkingQueueThatDoesNotAnswer) {
  HastyClock clock;
  const Context hasty{ctx.environment, ctx.observer, clock, ctx.stop};
  enqueue_scripts({"exit 1"});
  parking_session.answer = FakeSession::Answer::withhold;
  SessionOwner owner(test::borrow(parking_session));
  Parking parking(owner, "p", hasty);
  exec.parking = &parking;
  exec.on_fail = OnFail::park;
  exec.retry.retries = 0;
  const auto report = run();
  ASSERT_TRUE(report.error);
  EXPECT_STREQ(report.error->what(), "--park p: no confirm came for 30s");
  EXPECT_EQ(report.returned, 1U);
  EXPECT_EQ(parking.maybe_twice(), 1U);
  EXPECT_LT(session.waits, 1000U);  // and does not turn in circles until then
}

TEST_F(Retrying, CountsCopiesOfWhatGoesBack) {
  plan.prefetch = 2;
  exec.commands.concurrency = 2;
  exec.on_fail = OnFail::park;
  exec.retry.retries = 0;
  for (const bool recovers : {false, true}) {
    FakeSession broker;
    FakeSession first;
    FakeSession second;
    broker.enqueue("exit 1");
    broker.enqueue("exit 1");
    first.answer = FakeSession::Answer::withhold;
    first.close_after = 2;
    const SessionOwner::Reopen reopen = [&second](bool) { return test::borrow(second); };
    SessionOwner owner(test::borrow(first), recovers ? reopen : SessionOwner::Reopen());
    Parking parking(owner, "p", ctx.context);
    exec.parking = &parking;
    Writer writer(file.fd(), "out", ctx.stop);
    const auto report = consume(broker, writer);
    EXPECT_EQ(report.parked, recovers ? 2U : 0U);
    EXPECT_EQ(report.returned, recovers ? 0U : 2U);
    EXPECT_EQ(parking.maybe_twice(), 2U);
  }
}

TEST_F(Retrying, CountsCopiesOfWhatComesAgain) {
  SessionOwner owner(test::borrow(parking_session));
  Parking parking(owner, "p", ctx.context);
  const Properties none;
  Delivery delivery;
  delivery.delivery_tag = 1;
  delivery.properties = &none;
  MessageJob job({delivery, "q", {}});
  parking_session.answer = FakeSession::Answer::withhold;
  parking.park(job, {});
  EXPECT_THAT(parking.advance(), ElementsAre());
  EXPECT_EQ(parking_session.published.size(), 1U);
  job.delivery_tag = 2;
  parking.park(job, {});  // and is not sent
  parking.disown();
  EXPECT_EQ(parking.under_way(), 0U);
  EXPECT_EQ(parking.maybe_twice(), 1U);
  // At the end of the run, too.
  job.delivery_tag = 1;
  parking.park(job, {});
  EXPECT_THAT(parking.advance(), ElementsAre());
  parking.close(Deadline());
  EXPECT_EQ(parking.maybe_twice(), 2U);
}

// Nobody knows whether the broker has it: it stays where it is, and may be there twice.
TEST_F(Retrying, PutsBackWhatWasNotConfirmedWhenTheRunEnds) {
  enqueue_scripts({"exit 1"});
  parking_session.answer = FakeSession::Answer::withhold;
  plan.until_empty = false;
  ctx.time_out_after(300ms);
  const auto report = run_parking();
  EXPECT_STREQ(report.error->what(),
               "the deadline passed while messages were being parked; they go back");
  EXPECT_EQ(report.acknowledged, 0U);
  EXPECT_EQ(session.unacknowledged(), 0U);
}

}  // namespace
}  // namespace mscomm
