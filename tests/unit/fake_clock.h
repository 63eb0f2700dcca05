#pragma once

#include "core/runtime/clock.h"

namespace mscomm::test {

/// A clock that stands still until it is moved.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] WallTime wall() const override { return {}; }
  void move(Duration by) { now_ += by; }

 private:
  TimePoint now_{std::chrono::hours(1)};
};

}  // namespace mscomm::test
