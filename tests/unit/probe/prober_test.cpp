#include "core/probe/prober.h"

#include <gtest/gtest.h>

#include <deque>
#include <latch>

#include "core/runtime/error.h"
#include "unit/fake_clock.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

CheckResult ok() { return {}; }

CheckResult failed(const std::string& error = "503", Exit outcome = Exit::failed) {
  CheckResult result;
  result.outcome = outcome;
  result.error = error;
  return result;
}

// A world in which checks end as scripted (the last one for ever) and time passes only by them and
// by the pauses.
struct World {
  test::FakeClock clock{};
  std::deque<CheckResult> script{};
  Duration check_takes = 0ms;
  ProbePlan plan{};
  Deadline end{};
  std::vector<Duration> pauses{};
  std::vector<Duration> check_times{};  // what each check was given

  CheckResult check(const Deadline& deadline) {
    check_times.push_back(deadline.left(clock.now()).value());
    if (check_takes >= check_times.back()) {
      clock.move(check_times.back());
      return failed("no answer in time", Exit::timeout);
    }
    clock.move(check_takes);
    auto result = script.front();
    if (script.size() > 1) {
      script.pop_front();
    }
    return result;
  }

  ProbeResult run() {
    const ProbeSeams seams{.clock = clock,
                           .sleep =
                               [this](const Deadline& until) {
                                 pauses.push_back(until.left(clock.now()).value());
                                 clock.move(pauses.back());
                               },
                           .progress = [](std::size_t, const CheckResult&, Duration) {}};
    return probe(
        0, [this](const Deadline& deadline) { return check(deadline); }, plan, end, seams);
  }
};

TEST(Prober, ChecksOnceAndReportsTheChecksOwnOutcome) {
  World good{.script = {ok()}};
  EXPECT_EQ(good.run().check.outcome, Exit::ok);
  EXPECT_EQ(good.check_times, std::vector<Duration>{5s});

  World bad{.script = {failed("refused", Exit::unreachable), ok()}};
  const auto result = bad.run();
  EXPECT_EQ(result.check.outcome, Exit::unreachable);
  EXPECT_EQ(result.check.error, "refused");
  EXPECT_EQ(result.attempts, 1U);
  EXPECT_TRUE(bad.pauses.empty());
}

TEST(Prober, WithoutWaitNeedsEveryOneOfNChecks) {
  World good{.script = {ok()}, .plan = {.successes = 3}};
  EXPECT_EQ(good.run().attempts, 3U);
  EXPECT_EQ(good.pauses, (std::vector<Duration>{1s, 1s}));

  World bad{.script = {ok(), failed()}, .plan = {.successes = 3}};
  const auto result = bad.run();
  EXPECT_EQ(result.check.outcome, Exit::failed);
  EXPECT_EQ(result.attempts, 2U);
}

TEST(Prober, TriesAgainSoonAtFirstAndThenInThePaceAskedFor) {
  World world{.script = {failed(), failed(), failed(), failed(), failed(), failed(), ok()},
              .plan = {.wait = 1min}};
  const auto result = world.run();
  EXPECT_EQ(result.check.outcome, Exit::ok);
  EXPECT_EQ(result.attempts, 7U);
  EXPECT_EQ(world.pauses, (std::vector<Duration>{100ms, 200ms, 400ms, 800ms, 1s, 1s}));
  EXPECT_EQ(result.waited, 3500ms);
}

TEST(Prober, NeverPausesLongerThanAskedFor) {
  World world{.script = {failed(), failed(), ok()}, .plan = {.wait = 1min, .every = 50ms}};
  world.run();
  EXPECT_EQ(world.pauses, (std::vector<Duration>{50ms, 50ms}));
}

TEST(Prober, CountsSuccessesInARowOnly) {
  World world{.script = {ok(), ok(), failed(), ok(), ok(), ok(), failed()},
              .plan = {.wait = 1min, .successes = 3}};
  const auto result = world.run();
  EXPECT_EQ(result.check.outcome, Exit::ok);
  EXPECT_EQ(result.attempts, 6U);
}

TEST(Prober, GivesUpWithTheLastErrorWhenTheWaitIsOver) {
  World world{.script = {failed("401 Unauthorized", Exit::denied)}, .plan = {.wait = 10s}};
  const auto result = world.run();
  EXPECT_EQ(result.check.outcome, Exit::timeout);
  EXPECT_EQ(result.check.error, "gave up after 10s: 401 Unauthorized");
  EXPECT_EQ(result.waited, 10s);
}

TEST(Prober, SaysHowManySuccessesWereMissing) {
  World world{.script = {ok()}, .plan = {.wait = 1500ms, .successes = 3}};
  const auto result = world.run();
  EXPECT_EQ(result.check.outcome, Exit::timeout);
  EXPECT_EQ(result.check.error, "gave up after 1500ms: it held 2 of 3 times in a row");
}

TEST(Prober, GivesNoCheckMoreTimeThanIsLeft) {
  World world{.script = {ok()}, .check_takes = 1h, .plan = {.wait = 7s, .check_timeout = 3s}};
  const auto result = world.run();
  EXPECT_EQ(result.check.outcome, Exit::timeout);
  EXPECT_EQ(world.check_times, (std::vector<Duration>{3s, 3s, 700ms}));
  EXPECT_EQ(result.waited, 7s);
}

TEST(Prober, ShowsTheErrorBeforeACheckThatTheEndCutShort) {
  World world{.script = {failed("refused")}, .plan = {.wait = 200ms}};
  world.plan.every = 150ms;
  const auto slow_at_last = [&world](const Deadline& deadline) {
    world.check_takes = world.check_times.empty() ? 0ms : 1h;
    return world.check(deadline);
  };
  const ProbeSeams seams{.clock = world.clock,
                         .sleep =
                             [&world](const Deadline& until) {
                               world.clock.move(until.left(world.clock.now()).value());
                             },
                         .progress = [](std::size_t, const CheckResult&, Duration) {}};
  const auto result = probe(0, slow_at_last, world.plan, {}, seams);
  EXPECT_EQ(result.attempts, 2U);
  EXPECT_EQ(result.check.error, "gave up after 200ms: refused");
}

TEST(Prober, EndsWithTheWholeCommand) {
  World world{.script = {failed()}, .plan = {.wait = 1h}};
  world.end = Deadline(world.clock.now() + 2s);
  const auto result = world.run();
  EXPECT_EQ(result.check.outcome, Exit::timeout);
  EXPECT_EQ(result.check.error, "gave up after 2s: 503");
}

TEST(Prober, DoesNotWaitForWhatTimeCannotHeal) {
  for (const auto outcome : {Exit::usage, Exit::io, Exit::internal}) {
    World world{.script = {failed("no such file", outcome)}, .plan = {.wait = 1h}};
    const auto result = world.run();
    EXPECT_EQ(result.check.outcome, outcome);
    EXPECT_EQ(result.attempts, 1U);
  }
}

TEST(Prober, ChecksAllTargetsAtTheSameTimeAndKeepsTheirOrder) {
  const SystemClock clock;
  std::latch all_are_there(3);
  const Check meeting = [&](const Deadline&) {
    all_are_there.arrive_and_wait();
    return ok();
  };
  const Check bad = [&](const Deadline&) {
    all_are_there.arrive_and_wait();
    return failed();
  };
  const ProbeSeams seams{.clock = clock,
                         .sleep = [](const Deadline&) {},
                         .progress = [](std::size_t, const CheckResult&, Duration) {}};
  const std::vector<Probing> probings{{meeting, {}}, {bad, {}}, {meeting, {}}};
  const auto results = probe_all(probings, {}, seams);
  ASSERT_EQ(results.size(), 3U);
  EXPECT_TRUE(results[0].check.ok());
  EXPECT_FALSE(results[1].check.ok());
  EXPECT_TRUE(results[2].check.ok());
}

TEST(Prober, PassesAnInterruptionOn) {
  const SystemClock clock;
  const ProbeSeams seams{.clock = clock,
                         .sleep = [](const Deadline&) {},
                         .progress = [](std::size_t, const CheckResult&, Duration) {}};
  const Check interrupted = [](const Deadline&) -> CheckResult { throw Interrupted(); };
  const std::vector<Probing> probings{{interrupted, {}}, {interrupted, {}}};
  EXPECT_THROW(probe_all(probings, {}, seams), Interrupted);
}

}  // namespace
}  // namespace mscomm
