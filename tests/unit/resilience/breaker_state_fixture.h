#pragma once

#include <gtest/gtest.h>

#include <string>

#include "core/resilience/breaker_state.h"

namespace mscomm::test {

/// One circuit, its clock and its callers.
class OneCircuit : public testing::Test {
 protected:
  OneCircuit() { parameters.jitter = 0; }

  Permit acquire() { return acquire_permit(state, parameters, now, ++random << 32U); }
  void record(const Permit& permit, const CallReport& report = {}) {
    record_call(state, parameters, permit, report, now, ++random << 32U);
  }
  static CallReport failure(std::optional<Duration> retry_after = {}) {
    return {CallOutcome::failure, {}, retry_after, "503 Service Unavailable"};
  }
  static CallReport lasting(Duration latency) { return {CallOutcome::success, latency, {}, {}}; }
  void call(const CallReport& report) { record(acquire(), report); }
  void fail(int times) {
    for (int i = 0; i < times; ++i) {
      call(failure());
    }
  }
  void open() {
    fail(5);
    ASSERT_EQ(state.state, CircuitState::open);
  }

  BreakerState state;
  BreakerParameters parameters;
  WallMilliseconds now{std::chrono::hours(24 * 365 * 50)};
  std::uint64_t random = 0;
};

}  // namespace mscomm::test
