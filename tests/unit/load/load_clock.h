#pragma once

#include <algorithm>
#include <chrono>

#include "core/runtime/clock.h"

namespace mscomm::test {

// Time passes by waiting for it, and a little by looking at it, lest anybody waits for ever.
class LoadClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override {
    now_ += std::chrono::microseconds(2);
    return now_;
  }
  [[nodiscard]] WallTime wall() const override { return WallTime(now_.time_since_epoch()); }
  void set(TimePoint now) { now_ = std::max(now_, now); }

 private:
  mutable TimePoint now_{std::chrono::seconds(1)};
};

}  // namespace mscomm::test
