#include "core/load/load_generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "unit/load/load_clock.h"
#include "unit/run_context.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// Answers as many calls as there are at once, each in its time.
class FakeTarget final : public LoadTarget {
 public:
  explicit FakeTarget(test::LoadClock& clock) : clock_(clock) {}

  std::function<Duration(std::size_t)> time = [](std::size_t) { return Duration(10ms); };
  std::function<std::string(std::size_t)> failure = [](std::size_t) { return ""; };
  std::function<bool(std::size_t)> refuses = [](std::size_t) { return false; };
  std::optional<Duration> retry_after;
  std::size_t calls = 0;
  std::size_t most_at_once = 0;
  std::set<std::size_t> given_up;
  std::size_t interrupt_at = static_cast<std::size_t>(-1);

  std::optional<LoadRefusal> start(std::size_t caller, std::uint64_t turn,
                                   const Deadline& deadline) override {
    ++calls;
    if (refuses(turn)) {
      return LoadRefusal{{"refused", Error(Exit::circuit_open, "not now")}, retry_after};
    }
    const auto now = clock_.now();
    LoadCall call;
    call.caller = caller;
    call.service = time(turn);
    call.ended = now + *call.service;
    if (const auto kind = failure(turn); !kind.empty()) {
      call.failure = LoadFailure{kind, Error(Exit::failed, "it said " + kind), "because"};
    }
    if (deadline.passed(call.ended)) {
      call.ended = *deadline.at();
      call.service.reset();
      call.failure = LoadFailure{"timeout", Error(Exit::timeout, "too late")};
    }
    under_way_.push_back(call);
    most_at_once = std::max(most_at_once, under_way_.size());
    return std::nullopt;
  }

  std::optional<LoadCall> wait(const Deadline& until) override {
    if (calls > interrupt_at) {
      throw Interrupted();
    }
    const auto first = std::ranges::min_element(under_way_, {}, &LoadCall::ended);
    if (first == under_way_.end() || until.passed(first->ended)) {
      clock_.set(until.at().value_or(TimePoint()));
      return std::nullopt;
    }
    auto call = *first;
    clock_.set(call.ended);
    under_way_.erase(first);
    return call;
  }

  void give_up(std::size_t caller) override { given_up.insert(caller); }

  void describe(LoadResult& result) const override { result.target = "somewhere"; }

 private:
  test::LoadClock& clock_;
  std::vector<LoadCall> under_way_;
};

class LoadGeneratorTest : public testing::Test {
 protected:
  LoadGeneratorTest() { plan.concurrency = 4; }

  LoadResult run() { return generate_load(target, plan, progress, context); }

  test::RunContext real;
  test::LoadClock clock;
  Context context{real.environment, real.observer, clock, real.stop};
  FakeTarget target{clock};
  LoadPlan plan;
  LoadProgress progress;
};

TEST_F(LoadGeneratorTest, AClosedLoopKeepsAllCallersBusyUntilTheCountIsReached) {
  plan.count = 100;
  const auto result = run();
  EXPECT_EQ(target.calls, 100U);
  EXPECT_EQ(target.most_at_once, 4U);
  EXPECT_EQ(result.succeeded, 100U);
  EXPECT_EQ(result.service.count(), 100U);
  EXPECT_EQ(result.response.count(), 0U);
  EXPECT_EQ(result.target, "somewhere");
  EXPECT_NEAR(std::chrono::duration<double>(result.took).count(), 0.25, 0.01);
  EXPECT_NEAR(result.rate(), 400, 10);
}

TEST_F(LoadGeneratorTest, MoreCallersThanRequestsAreNotNeeded) {
  plan.count = 2;
  run();
  EXPECT_EQ(target.most_at_once, 2U);
}

TEST_F(LoadGeneratorTest, TheDurationEndsTheSendingAndWhatIsUnderWayIsAwaited) {
  plan.duration = 25ms;
  const auto result = run();
  EXPECT_EQ(target.calls, 12U);  // at 0, 10 and 20 ms
  EXPECT_EQ(result.succeeded, 12U);
  EXPECT_GE(result.took, 30ms);
}

TEST_F(LoadGeneratorTest, AnOpenLoopSendsWhenARequestIsDue) {
  plan.count = 100;
  plan.rate = 100;
  target.time = [](std::size_t) { return Duration(5ms); };
  const auto result = run();
  EXPECT_EQ(target.most_at_once, 1U);
  EXPECT_EQ(result.response.count(), 100U);
  EXPECT_LT(result.send_lag.max(), 1ms);
  EXPECT_NEAR(std::chrono::duration<double>(result.took).count(), 1.0, 0.01);
}

TEST_F(LoadGeneratorTest, AStallCountsForAllWhoWereDueMeanwhile) {
  plan.count = 300;
  plan.rate = 100;
  plan.concurrency = 1;
  target.time = [](std::size_t number) { return Duration(number == 50 ? 1000ms : 1ms); };
  const auto result = run();
  EXPECT_LT(result.service.percentile(99), 2ms);
  EXPECT_GE(result.response.percentile(90), 600ms);
  EXPECT_GE(result.send_lag.max(), 950ms);
  // Every sample is a request: none was made up, and none left out.
  EXPECT_EQ(result.response.count(), 300U);
  EXPECT_EQ(result.unsent, 0U);
}

TEST_F(LoadGeneratorTest, WhatWasDueAndNotSentIsCountedAsThat) {
  plan.duration = 1s;
  plan.rate = 100;
  plan.concurrency = 1;
  target.time = [](std::size_t) { return Duration(100ms); };
  const auto result = run();
  EXPECT_EQ(result.requests(), 11U);  // the last one when the tenth had ended
  EXPECT_EQ(result.unsent, 89U);
}

TEST_F(LoadGeneratorTest, AllThatWasDueIsSentWhenThereAreCallers) {
  plan.duration = 1s;
  plan.rate = 3000;
  target.time = [](std::size_t) { return Duration(1ms); };
  const auto result = run();
  EXPECT_EQ(result.requests(), 3000U);
  EXPECT_EQ(result.unsent, 0U);
}

TEST_F(LoadGeneratorTest, TheCommandsDeadlineEndsIt) {
  plan.count = 1000;
  context.deadline = Deadline(clock.now() + 55ms);
  const auto result = run();
  EXPECT_EQ(result.succeeded, 20U);
  EXPECT_EQ(result.failures.at("timeout"), 4U);
}

TEST_F(LoadGeneratorTest, TheDeadlineAlsoEndsAnOpenLoopThatHasNothingToDo) {
  plan.count = 100;
  plan.rate = 1;
  context.deadline = Deadline(clock.now() + 3500ms);
  const auto result = run();
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.requests(), 4U);
  EXPECT_GE(result.took, 3499ms);
}

TEST_F(LoadGeneratorTest, TheRateIsThatOfTheSending) {
  plan.count = 10;
  plan.rate = 20;
  target.time = [](std::size_t) { return Duration(180ms); };
  EXPECT_NEAR(run().rate(), 20, 0.01);  // whatever the last response took
  plan.count.reset();
  plan.duration = 1s;
  EXPECT_NEAR(run().rate(), 20, 0.01);
}

TEST_F(LoadGeneratorTest, HowManyWereUnderWayIsMeasured) {
  plan.count = 400;
  EXPECT_NEAR(run().under_way(), 4, 0.1);
  plan.rate = 50;
  EXPECT_NEAR(run().under_way(), 0.5, 0.05);
}

TEST_F(LoadGeneratorTest, ASignalGivesUpWhatIsUnderWay) {
  plan.count = 1000;
  target.interrupt_at = 10;
  const auto result = run();
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(target.given_up.size(), 4U);
  EXPECT_EQ(result.requests() + 4, target.calls);
  EXPECT_EQ(result.unfinished, 4U);
  EXPECT_GT(result.longest_unfinished, Duration::zero());
}

TEST_F(LoadGeneratorTest, TheTimelineHasASecondForEachSecond) {
  plan.count = 35;
  plan.concurrency = 1;
  target.time = [](std::size_t number) { return Duration(number == 15 ? 2500ms : 100ms); };
  target.failure = [](std::size_t number) { return number == 20 ? "no" : ""; };
  const auto result = run();
  // 35 requests, of which one took 2.5 s: nearly 6 s.
  ASSERT_EQ(result.seconds.size(), 6U);
  std::uint64_t ended = 0;
  for (const auto& second : result.seconds) {
    ended += second.succeeded + second.failed;
  }
  EXPECT_EQ(ended, 35U);
  EXPECT_NEAR(static_cast<double>(result.seconds[0].succeeded), 10, 1);
  EXPECT_EQ(result.seconds[2].succeeded, 0U);
  EXPECT_EQ(result.seconds[2].p99, Duration::zero());
  EXPECT_EQ(result.seconds[4].max, 2500ms);
  EXPECT_EQ(result.seconds[4].failed, 1U);
}

TEST_F(LoadGeneratorTest, ProgressIsToldAFewTimesASecond) {
  plan.duration = 2s;
  int told = 0;
  progress = [&told](const LoadResult& result) {
    ++told;
    EXPECT_GT(result.took, Duration::zero());
  };
  run();
  EXPECT_NEAR(told, 10, 1);
}

TEST_F(LoadGeneratorTest, FailuresAreCountedByKindAndTheFirstOfEachAreSamples) {
  plan.count = 20;
  target.failure = [](std::size_t number) { return number % 2 == 0 ? "no" : ""; };
  const auto result = run();
  EXPECT_EQ(result.failed, 10U);
  EXPECT_EQ(result.succeeded, 10U);
  EXPECT_EQ(result.failures, (std::map<std::string, std::uint64_t>{{"no", 10}}));
  EXPECT_EQ(result.service.count(), 20U);  // a response that is an error took its time all the same
  ASSERT_EQ(result.samples.size(), 3U);
  EXPECT_EQ(result.samples[0].message, "it said no");
  EXPECT_EQ(result.samples[0].body, "because");
  EXPECT_EQ(result.outcomes.count(Exit::failed), 10U);
}

TEST_F(LoadGeneratorTest, ACallerWhoIsRefusedRestsUntilItMayComeBack) {
  plan.duration = 1s;
  plan.concurrency = 1;
  target.refuses = [](std::size_t number) { return number % 2 == 0; };
  target.retry_after = 90ms;
  const auto result = run();
  // Each round is a refusal, a rest of 90 ms and a call of 10 ms.
  EXPECT_NEAR(static_cast<double>(result.succeeded), 10, 1);
  EXPECT_NEAR(static_cast<double>(result.failures.at("refused")), 10, 1);
  EXPECT_EQ(result.outcomes.count(Exit::circuit_open), result.failed);
}

TEST_F(LoadGeneratorTest, InAnOpenLoopWhatIsRefusedIsOver) {
  plan.count = 100;
  plan.rate = 100;
  target.refuses = [](std::size_t) { return true; };
  const auto result = run();
  EXPECT_EQ(result.failures.at("refused"), 100U);
  EXPECT_EQ(result.unsent, 0U);
  EXPECT_NEAR(std::chrono::duration<double>(result.took).count(), 1.0, 0.02);
}

TEST_F(LoadGeneratorTest, TheTargetIsToldWhichCallOfTheRunItIs) {
  plan.count = 6;
  std::vector<std::size_t> turns;
  target.time = [&turns](std::size_t turn) {
    turns.push_back(turn);
    return Duration(10ms);
  };
  run();
  EXPECT_EQ(turns, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5}));
}

TEST_F(LoadGeneratorTest, ObjectivesAreJudgedAtTheEnd) {
  plan.count = 10;
  plan.objectives = parse_objectives("p99<5ms,errors<1%", "--slo");
  const auto result = run();
  ASSERT_EQ(result.verdicts.size(), 2U);
  EXPECT_FALSE(result.verdicts[0].is_met);
  EXPECT_TRUE(result.verdicts[1].is_met);
}

}  // namespace
}  // namespace mscomm
