#pragma once

#include <cmath>
#include <cstdint>

#include "core/runtime/clock.h"

namespace mscomm {

/// Paces events evenly, as an open loop: the n-th event is due at n / rate. Delayed events are
/// caught up, so that the mean rate holds.
class RatePacer {
 public:
  /// `per_second` must be above 0. The first event is due at once.
  RatePacer(double per_second, TimePoint now) : interval_(1e9 / per_second), start_(now) {}

  [[nodiscard]] bool is_due(TimePoint now) const { return now >= due(); }
  [[nodiscard]] TimePoint due() const {
    return start_ + std::chrono::round<Duration>(static_cast<double>(count_) * interval_);
  }
  /// How many events are due before `end` and have not taken place.
  [[nodiscard]] std::uint64_t due_before(TimePoint end) const {
    // A nanosecond exceeds the rounding error of a double within a year.
    const auto whole =
        std::ceil((static_cast<double>((end - start_).count()) - 1) / interval_.count());
    return whole <= static_cast<double>(count_) ? 0 : static_cast<std::uint64_t>(whole) - count_;
  }
  /// Counts one event.
  void took_place() { ++count_; }
  /// Restarts the schedule at `now`: while there was no work, no events were missed.
  void was_idle_until(TimePoint now) {
    if (now > due()) {
      start_ = now;
      count_ = 0;
    }
  }

 private:
  FineNanoseconds interval_;  // keeps the fraction of a nanosecond, which adds up
  TimePoint start_;
  std::uint64_t count_ = 0;  // of events since start_
};

}  // namespace mscomm
