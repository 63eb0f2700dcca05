// The state machine of a circuit when clocks jump, and in random runs.

#include <gmock/gmock.h>

#include <random>

#include "core/resilience/breaker_state.h"
#include "unit/resilience/breaker_state_fixture.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

using BreakerClock = test::OneCircuit;

TEST_F(BreakerClock, IsNotOpenForAnHourWhenTheClockIsSetBackByOne) {
  open();
  now -= 1h;
  EXPECT_EQ(acquire().retry_after, 10s);
  now += 10s;
  EXPECT_TRUE(acquire().probe);
}

TEST_F(BreakerClock, TriesAtOnceWhenTheClockIsSetForwardByAnHour) {
  open();
  now += 1h;
  const auto probe = acquire();
  EXPECT_TRUE(probe.probe);
  now -= 1h;
  EXPECT_EQ(acquire().retry_after, 1s);
  now += 10s;
  EXPECT_FALSE(acquire().allowed) << "the lease lasted ten seconds and no hour";
  EXPECT_EQ(state.state, CircuitState::open);
}

TEST_F(BreakerClock, KeepsTheTimeThatWasAskedForByHandWhenTheClockIsSetBack) {
  trip_circuit(state, 2h, now);
  now -= 1h;
  EXPECT_EQ(acquire().retry_after, 2h);
}

TEST_F(BreakerClock, IsNotOpenBeyondTheMostThatItsCallerWants) {
  parameters.open = 200s;
  open();
  parameters.open = 5s;
  parameters.open_max = 20s;
  EXPECT_EQ(acquire().retry_after, 5s);
}

TEST_F(BreakerClock, DoesNotHoldYesterdaysFailuresAgainstAService) {
  fail(4);
  now += 24h;
  call(CallReport{});
  EXPECT_EQ(state.why, "4 of 5 calls failed") << "a day is not over";
  reset_circuit(state, now);
  fail(4);
  now += 24h + 1ms;
  fail(1);
  EXPECT_EQ(state.state, CircuitState::closed);
  EXPECT_EQ(state.consecutive, 1U);
}

// Whatever happens, in whatever order: it is never stuck, and a probe is never let through twice.
TEST_F(BreakerClock, HoldsItsInvariantsInRandomRuns) {
  std::mt19937_64 dice(20261126);
  const auto roll = [&dice](std::uint64_t sides) { return dice() % sides; };
  for (int run = 0; run < 300; ++run) {
    state = {};
    parameters = {};
    parameters.min_calls = static_cast<std::uint32_t>(1 + roll(5));
    parameters.half_open = static_cast<std::uint32_t>(1 + roll(4));
    parameters.success = static_cast<std::uint32_t>(1 + roll(5));
    parameters.window_time = roll(2) == 0 ? 0s : 30s;
    parameters.consecutive = static_cast<std::uint32_t>(roll(4));
    std::vector<Permit> under_way;
    for (int step = 0; step < 200; ++step) {
      const auto generation = state.generation;
      now += Milliseconds(roll(4000));
      now += roll(50) == 0 ? (roll(2) == 0 ? 1h : -1h) : 0h;
      if (roll(2) == 0 || under_way.empty()) {
        const auto permit = acquire_permit(state, parameters, now, dice());
        if (permit.allowed) {
          under_way.push_back(permit);
        } else {
          ASSERT_THAT(permit.retry_after, testing::Optional(testing::Ge(0ms)));
          ASSERT_LE(*permit.retry_after, 360s);
        }
      } else {
        const auto which = static_cast<std::ptrdiff_t>(roll(under_way.size()));
        auto report = roll(3) == 0 ? CallReport{} : failure();
        report.outcome = roll(10) == 0 ? CallOutcome::ignored : report.outcome;
        record_call(state, parameters, under_way[static_cast<std::size_t>(which)], report, now,
                    dice());
        under_way.erase(under_way.begin() + which);
      }
      ASSERT_GE(state.generation, generation);
      ASSERT_LE(state.probes.size() + state.probes_ok + state.probes_failed, parameters.half_open);
      ASSERT_EQ(state.state == CircuitState::open, state.open_until.has_value());
      ASSERT_TRUE(state.state == CircuitState::half_open || state.probes.empty());
    }
    now += 1h;
    for (int i = 0; i < 2 && !acquire().allowed; ++i) {
      now += 1h;
    }
    EXPECT_TRUE(acquire().allowed || !state.probes.empty()) << "stuck";
  }
}

}  // namespace
}  // namespace mscomm
