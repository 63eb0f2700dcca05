#include "core/resilience/breaker.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "core/telemetry/step_names.h"
#include "unit/error_matchers.h"
#include "unit/resilience/breaker_fixture.h"
#include "unit/telemetry/step_recorder.h"

namespace mscomm::test {
namespace {

using namespace std::chrono_literals;

using BreakerTest = BreakerFixture;

TEST_F(BreakerTest, GoesOnInTheNextProcessWhereThisOneEnded) {
  parameters_.min_calls = 3;
  for (int i = 0; i < 3; ++i) {
    auto caller = breaker();
    const auto permit = caller.acquire();
    EXPECT_TRUE(permit.allowed);
    caller.record(permit, failed_call());
  }
  EXPECT_FALSE(breaker().acquire().allowed);
  clock_.move(4s);
  EXPECT_EQ(breaker().acquire().retry_after, 6s);
}

TEST_F(BreakerTest, SaysWhyItRefuses) {
  open_circuit();
  clock_.move(2600ms);
  auto caller = breaker();
  EXPECT_EQ(
      error_of([&] { throw caller.refusal(caller.acquire()); }),
      "circuit_open: the circuit 'http://pay:8080' is open for 7.4s more (1 of 1 calls "
      "failed, last: 503 Service Unavailable) | nothing is sent meanwhile; 'mscomm breaker reset "
      "http://pay:8080' closes it");
  store_.update(kKey, [](BreakerState& state) { trip_circuit(state, {}, {}); });
  EXPECT_THAT(error_of([&] { throw caller.refusal(caller.acquire()); }),
              testing::HasSubstr("is open until it is reset (by hand)"));
}

TEST_F(BreakerTest, WritesNothingBeforeTheFirstResult) {
  EXPECT_TRUE(breaker().acquire().allowed);
  EXPECT_FALSE(std::filesystem::exists(file(".cb")));
}

TEST_F(BreakerTest, DoesNotFlipForALateResultOfAnOlderGeneration) {
  auto slow_caller = breaker();
  const auto slow = slow_caller.acquire();
  open_circuit();
  clock_.move(10s);
  auto probe = breaker();
  probe.record(probe.acquire(), {});
  ASSERT_EQ(stored().state, CircuitState::closed);
  const auto before = stored();
  slow_caller.record(slow, failed_call());
  EXPECT_EQ(stored(), before);
}

TEST_F(BreakerTest, SurvivesAClockThatIsSetBackOrForwardByAnHour) {
  open_circuit();
  clock_.move(-1h);
  EXPECT_EQ(breaker().acquire().retry_after, 10s);
  clock_.move(10s);
  EXPECT_TRUE(breaker().acquire().probe);
  clock_.move(1h);
  EXPECT_FALSE(breaker().acquire().allowed);
  clock_.move(1h);
  EXPECT_TRUE(breaker().acquire().probe);
}

TEST_F(BreakerTest, WarnsOnceThatItStandsAside) {
  std::filesystem::create_directories(temporary_.path() + "/state");
  const auto no_folder = temporary_.write("state/breaker", "this is a file");
  testing::internal::CaptureStderr();
  Breaker caller(store_, kKey, parameters_, clock_, observer_);
  for (int i = 0; i < 3; ++i) {
    const auto permit = caller.acquire();
    EXPECT_TRUE(permit.allowed);
    EXPECT_FALSE(permit.generation);
    caller.record(permit, failed_call());
  }
  const auto said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said,
              testing::HasSubstr("warning: the circuit breaker stands aside, and calls are not "
                                 "counted: cannot use"));
  EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
}

TEST_F(BreakerTest, TellsThatACircuitChanged) {
  std::vector<test::RecordedStep> told;
  observer_.add(std::make_unique<test::StepRecorder>(told));
  for (const auto sharing : {Breaker::Sharing::every_call, Breaker::Sharing::at_the_end}) {
    told.clear();
    store_.update(kKey, [](BreakerState& state) { reset_circuit(state, {}); });
    auto caller = breaker(sharing);
    caller.record(caller.acquire(), {});
    EXPECT_TRUE(told.empty());
    parameters_.consecutive = 1;
    auto strict = breaker(sharing);
    strict.record(strict.acquire(), failed_call());
    EXPECT_FALSE(strict.acquire().allowed);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].name, steps::kBreakerChanged);
    EXPECT_EQ(told[0].target, kKey);
    EXPECT_EQ(told[0].fields["before"], "closed");
    EXPECT_EQ(told[0].fields["state"], "open");
    EXPECT_NE(told[0].fields["why"], "");
  }
}

TEST_F(BreakerTest, SharesAtTheEndWhatManyCallsCameTo) {
  parameters_.min_calls = 3;
  auto load = breaker(Breaker::Sharing::at_the_end);
  for (int i = 0; i < 3; ++i) {
    load.record(load.acquire(), failed_call());
  }
  EXPECT_FALSE(load.acquire().allowed);
  EXPECT_FALSE(std::filesystem::exists(file(".cb")));
  EXPECT_TRUE(breaker().acquire().allowed);
  load.persist();
  EXPECT_FALSE(breaker().acquire().allowed);
  EXPECT_FALSE(breaker(Breaker::Sharing::at_the_end).acquire().allowed);
}

TEST_F(BreakerTest, LeavesAtTheEndWhatOthersDecidedMeanwhile) {
  auto load = breaker(Breaker::Sharing::at_the_end);
  load.record(load.acquire(), {});
  open_circuit();
  const auto opened = stored();
  load.persist();
  EXPECT_EQ(stored(), opened);
  clock_.move(10s);
  auto next = breaker(Breaker::Sharing::at_the_end);
  next.record(next.acquire(), failed_call());
  store_.update(kKey, [](BreakerState& state) { trip_circuit(state, {}, {}); });
  next.persist();
  EXPECT_EQ(stored().state, CircuitState::forced_open) << "that was somebody's will";
}

TEST_F(BreakerTest, KeepsTheLaterOfTwoThatBothChanged) {
  auto load = breaker(Breaker::Sharing::at_the_end);
  open_circuit();
  clock_.move(1s);
  load.record(load.acquire(), failed_call());
  load.persist();
  const auto kept = stored();
  EXPECT_EQ(*kept.open_until - kept.changed_at, 10s);
  EXPECT_EQ(kept.changed_at, std::chrono::floor<Milliseconds>(clock_.wall()));
  EXPECT_EQ(kept.generation, 2U) << "results of both older generations are late";
}

TEST_F(BreakerTest, WorksWithinTheProcessWhenNothingCanBeKept) {
  const BreakerStore nowhere("");
  Breaker caller(nowhere, kKey, parameters_, clock_, observer_);
  caller.record(caller.acquire(), failed_call());
  EXPECT_FALSE(caller.acquire().allowed);
  caller.persist();
}

TEST_F(BreakerTest, TakesNamesThatAreALine) {
  EXPECT_NO_THROW(check_breaker_key("pay f\xc3\xbcr alle", "KEY"));
  for (const auto& bad : {std::string(), std::string("a\nb"), std::string("a\x1b"),
                          std::string("\xff"), std::string(301, 'x')}) {
    EXPECT_THAT(error_of([&] { check_breaker_key(bad, "--breaker"); }),
                testing::StartsWith("usage: --breaker: '"));
  }
}

}  // namespace
}  // namespace mscomm::test
