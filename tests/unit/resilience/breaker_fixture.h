#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "core/resilience/breaker.h"
#include "core/telemetry/log_listener.h"
#include "unit/temporary_folder.h"

namespace mscomm::test {

/// A wall clock that a test moves.
class MovableClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return {}; }
  [[nodiscard]] WallTime wall() const override { return wall_; }
  void move(Duration by) { wall_ += by; }

 private:
  WallTime wall_{std::chrono::hours(24 * 365 * 50)};
};

/// Opens after one failure, for ten seconds, and lets one call try it.
inline BreakerParameters hasty_parameters() {
  BreakerParameters parameters;
  parameters.min_calls = 1;
  parameters.jitter = 0;
  return parameters;
}

inline CallReport failed_call() {
  return {.outcome = CallOutcome::failure,
          .latency = {},
          .retry_after = {},
          .error = "503 Service Unavailable"};
}

/// A store in a folder of its own, and a circuit in it.
class BreakerFixture : public testing::Test {
 protected:
  [[nodiscard]] std::string folder() const { return temporary_.path() + "/state/breaker"; }
  [[nodiscard]] std::string file(const std::string& ending) const {
    return folder() + "/" + breaker_file_name(kKey) + ending;
  }
  /// What a new process has.
  Breaker breaker(Breaker::Sharing sharing = Breaker::Sharing::every_call) {
    return {store_, kKey, parameters_, clock_, observer_, sharing};
  }
  [[nodiscard]] BreakerState stored() const {
    BreakerState state;
    store_.update(kKey, [&state](const BreakerState& found) { state = found; });
    return state;
  }
  void open_circuit() {
    auto caller = breaker();
    caller.record(caller.acquire(), failed_call());
    ASSERT_EQ(stored().state, CircuitState::open);
  }

  static constexpr const char* kKey = "http://pay:8080";
  TemporaryFolder temporary_;
  BreakerStore store_{folder()};
  BreakerParameters parameters_ = hasty_parameters();
  MovableClock clock_;
  Observer observer_{make_log({})};
};

/// Runs `body` in a process of its own, whose exit status it returns.
template <class Body>
pid_t start_child(const Body& body) {
  const auto pid = fork();
  if (pid == 0) {
    int status = 99;
    try {
      status = body();
    } catch (...) {
      status = 98;
    }
    std::_Exit(status);
  }
  return pid;
}

inline int exit_status_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace mscomm::test
