#include "core/resilience/breaker_state.h"

#include <gmock/gmock.h>

#include "unit/resilience/breaker_state_fixture.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;
using testing::Optional;

const CallReport good_call{};

using BreakerStateTest = test::OneCircuit;

TEST_F(BreakerStateTest, AllowsCallsWhileFewOfThemFail) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(acquire().allowed);
    call(i % 3 == 0 ? failure() : good_call);
  }
  EXPECT_EQ(state.state, CircuitState::closed);
}

TEST_F(BreakerStateTest, OpensWhenTheShareOfFailuresIsReached) {
  fail(4);
  EXPECT_EQ(state.state, CircuitState::closed) << "fewer than min_calls";
  fail(1);
  EXPECT_EQ(state.state, CircuitState::open);
  EXPECT_EQ(state.generation, 1U);
  EXPECT_EQ(state.why, "5 of 5 calls failed");
  const auto permit = acquire();
  EXPECT_FALSE(permit.allowed);
  EXPECT_THAT(permit.retry_after, Optional(10s));
  EXPECT_EQ(permit.why, "5 of 5 calls failed, last: 503 Service Unavailable");
}

TEST_F(BreakerStateTest, OpensAtExactlyTheShareAndNotBelowIt) {
  for (int i = 0; i < 6; ++i) {
    call(good_call);
  }
  fail(5);
  EXPECT_EQ(state.state, CircuitState::closed) << "5 of 11";
  fail(1);
  EXPECT_EQ(state.state, CircuitState::open) << "6 of 12";
}

TEST_F(BreakerStateTest, CanOpenWithAWindowSmallerThanMinCalls) {
  parameters.window_calls = 2;
  fail(2);
  EXPECT_EQ(state.state, CircuitState::open);
}

TEST_F(BreakerStateTest, OpensForFailuresInARowWhereThatIsAskedFor) {
  parameters.consecutive = 3;
  parameters.min_calls = 100;
  parameters.window_calls = 100;
  fail(2);
  call(good_call);
  fail(2);
  EXPECT_EQ(state.state, CircuitState::closed);
  fail(1);
  EXPECT_EQ(state.why, "3 calls in a row failed");
}

TEST_F(BreakerStateTest, OpensForSlowCallsWhereThatIsAskedFor) {
  for (int i = 0; i < 10; ++i) {
    call(lasting(1h));
  }
  EXPECT_EQ(state.state, CircuitState::closed) << "no call is slow by default";
  parameters.slow = 2s;
  parameters.slow_rate = 0.5;
  for (int i = 0; i < 10; ++i) {
    call(lasting(2s));
  }
  EXPECT_EQ(state.state, CircuitState::closed) << "2s is not longer than 2s";
  for (int i = 0; i < 10; ++i) {
    call(lasting(2001ms));
  }
  EXPECT_EQ(state.why, "10 of 20 calls were slow");
}

TEST_F(BreakerStateTest, ForgetsCallsThatAreOlderThanTheTimeOfItsWindow) {
  parameters.window_time = 60s;
  fail(4);
  now += 61s;
  fail(4);
  EXPECT_EQ(state.state, CircuitState::closed);
  now += 30s;
  fail(1);
  EXPECT_EQ(state.why, "5 of 5 calls failed");
}

TEST_F(BreakerStateTest, LetsOneCallTryItWhenTheTimeIsUp) {
  open();
  now += 10s - 1ms;
  EXPECT_THAT(acquire().retry_after, Optional(1ms));
  now += 1ms;
  const auto probe = acquire();
  EXPECT_TRUE(probe.allowed);
  EXPECT_TRUE(probe.probe);
  EXPECT_EQ(state.state, CircuitState::half_open);
  const auto other = acquire();
  EXPECT_FALSE(other.allowed);
  EXPECT_THAT(other.retry_after, Optional(1s));
  record(probe);
  EXPECT_EQ(state.state, CircuitState::closed);
  EXPECT_TRUE(state.window.calls.empty());
  EXPECT_EQ(state.why, "");
}

TEST_F(BreakerStateTest, StaysOpenLongerEachTimeUpToTheMost) {
  open();
  for (const auto expected : {20s, 40s, 80s, 160s, 300s, 300s}) {
    now = *state.open_until;
    call(failure());
    EXPECT_EQ(*state.open_until - now, expected);
    EXPECT_EQ(state.why, "a probe failed");
  }
  now = *state.open_until;
  call(good_call);
  open();
  EXPECT_EQ(*state.open_until - now, 300s) << "it closed just now";
  now = *state.open_until;
  call(good_call);
  now += 301s;
  call(good_call);
  fail(5);
  EXPECT_EQ(*state.open_until - now, 10s) << "a long good time lay between";
}

TEST_F(BreakerStateTest, StaysOpenAsLongAsTheServerSaidButNotLongerThanTheMost) {
  fail(4);
  call(failure(60s));
  EXPECT_EQ(*state.open_until - now, 60s);
  now += 60s;
  call(failure(1h));
  EXPECT_EQ(*state.open_until - now, 300s);
  now += 300s;
  parameters.honor_retry_after = false;
  call(failure(1h));
  EXPECT_EQ(*state.open_until - now, 40s);
}

TEST_F(BreakerStateTest, VariesTheTimeByTheJitterAndNeverBelowRetryAfter) {
  parameters.jitter = 0.2;
  for (const auto& [bits, expected] :
       {std::pair{std::uint64_t{0}, 8000ms}, std::pair{UINT64_MAX / 2, 10000ms},
        std::pair{UINT64_MAX, 12000ms}}) {
    for (const auto retry_after : {std::optional<Duration>(), std::optional<Duration>(9s)}) {
      state = {};
      for (int i = 0; i < 5; ++i) {
        record_call(state, parameters, acquire(), failure(retry_after), now, bits);
      }
      EXPECT_EQ(*state.open_until - now, retry_after ? std::max(expected, 9000ms) : expected);
    }
  }
}

TEST_F(BreakerStateTest, NeedsSoManyGoodProbesAndOpensWhenTheyCannotBeReachedAnyMore) {
  parameters.half_open = 3;
  parameters.success = 2;
  open();
  now += 10s;
  std::vector<Permit> probes{acquire(), acquire(), acquire()};
  EXPECT_FALSE(acquire().allowed);
  record(probes[0]);
  EXPECT_EQ(state.state, CircuitState::half_open);
  record(probes[1], failure());
  EXPECT_EQ(state.state, CircuitState::half_open);
  EXPECT_FALSE(acquire().allowed) << "two have ended, one is under way";
  const auto undecided = state;
  record(probes[2], failure());
  EXPECT_EQ(state.state, CircuitState::open);
  state = undecided;
  record(probes[2]);
  EXPECT_EQ(state.state, CircuitState::closed);
}

TEST_F(BreakerStateTest, TakesASlowProbeForAFailedOne) {
  parameters.slow = 2s;
  open();
  now += 10s;
  call(lasting(3s));
  EXPECT_EQ(state.state, CircuitState::open);
  EXPECT_EQ(state.why, "a probe was slow");
}

TEST_F(BreakerStateTest, CountsAProbeThatDoesNotEndAsFailedAndIgnoresItsLateResult) {
  open();
  now += 10s;
  const auto killed = acquire();
  now += 10s - 1ms;
  EXPECT_EQ(acquire().retry_after, 1ms);
  now += 1ms;
  EXPECT_FALSE(acquire().allowed);
  EXPECT_EQ(state.state, CircuitState::open);
  EXPECT_EQ(state.why, "a probe did not end in time");
  EXPECT_EQ(state.open_count, 2U);
  const auto before = state;
  record(killed);
  EXPECT_EQ(state, before);
  now = *state.open_until;
  EXPECT_TRUE(acquire().probe);
}

TEST_F(BreakerStateTest, CountsALapsedProbeOnceOnly) {
  parameters.half_open = 3;
  parameters.success = 1;
  open();
  now += 10s;
  const auto late = acquire();
  now += 11s;
  EXPECT_TRUE(acquire().probe);
  EXPECT_EQ(state.probes_failed, 1U);
  record(late, failure());
  EXPECT_EQ(state.probes_failed, 1U);
  EXPECT_EQ(state.state, CircuitState::half_open);
}

TEST_F(BreakerStateTest, GivesThePermitBackWhenTheResultIsIgnored) {
  open();
  now += 10s;
  record(acquire(), {.outcome = CallOutcome::ignored});
  EXPECT_EQ(state.state, CircuitState::half_open);
  EXPECT_TRUE(acquire().probe);
  reset_circuit(state, now);
  const auto before = state;
  call({.outcome = CallOutcome::ignored});
  EXPECT_EQ(state, before);
}

TEST_F(BreakerStateTest, IgnoresResultsOfAnOlderGeneration) {
  const auto slow_failure = acquire();
  open();
  now += 10s;
  const auto first = acquire();
  record(first);
  ASSERT_EQ(state.state, CircuitState::closed);
  const auto before = state;
  record(slow_failure, failure());
  record(first, failure());
  EXPECT_EQ(state, before);
}

TEST_F(BreakerStateTest, CannotBeStuckWhenTheNextProcessAllowsFewerProbes) {
  parameters.half_open = 5;
  parameters.success = 3;
  open();
  now += 10s;
  record(acquire());
  record(acquire(), failure());
  parameters.half_open = 1;
  parameters.success = 1;
  EXPECT_TRUE(acquire().allowed);
  EXPECT_EQ(state.state, CircuitState::closed) << "one good probe is enough now";
}

TEST_F(BreakerStateTest, IsOpenByHandUntilItIsResetOrSoLong) {
  trip_circuit(state, {}, now);
  now += std::chrono::days(365);
  EXPECT_FALSE(acquire().allowed);
  EXPECT_EQ(acquire().retry_after, std::nullopt);
  EXPECT_EQ(acquire().why, "by hand");
  reset_circuit(state, now);
  EXPECT_TRUE(acquire().allowed);
  trip_circuit(state, 1h, now);
  EXPECT_EQ(acquire().retry_after, 1h) << "longer than open_max: it was asked for";
  now += 1h;
  EXPECT_TRUE(acquire().allowed);
  EXPECT_EQ(state.state, CircuitState::closed);
}

TEST_F(BreakerStateTest, ForgetsEverythingWhenItIsReset) {
  open();
  const auto generation = state.generation;
  reset_circuit(state, now);
  BreakerState fresh;
  fresh.generation = generation + 1;
  fresh.changed_at = now;
  EXPECT_EQ(state, fresh);
}

TEST_F(BreakerStateTest, CountsNothingWhileItIsDisabled) {
  state.state = CircuitState::disabled;
  const auto before = state;
  fail(10);
  EXPECT_TRUE(acquire().allowed);
  EXPECT_EQ(state, before);
}

TEST_F(BreakerStateTest, MakesTheLastErrorHarmlessAndShort) {
  call({CallOutcome::failure, {}, {}, "\x1b[2J" + std::string(1000, 'x')});
  EXPECT_TRUE(state.last_error.starts_with("\\x1b[2Jxxx"));
  EXPECT_LT(state.last_error.size(), 300U);
}

}  // namespace
}  // namespace mscomm
