#pragma once

#include <cmath>
#include <cstdint>

#include "core/runtime/clock.h"

namespace mscomm {

/// Spreads events evenly: an open loop, in which the n-th one is due at n / rate. Those that were
/// held up are caught up, so that the rate holds on the whole.
class RatePacer {
 public:
  /// `per_second` is more than 0. The first event is due at once.
  RatePacer(double per_second, TimePoint now) : interval_(1e9 / per_second), start_(now) {}

  [[nodiscard]] bool is_due(TimePoint now) const { return now >= due(); }
  [[nodiscard]] TimePoint due() const {
    return start_ + std::chrono::round<Duration>(static_cast<double>(count_) * interval_);
  }
  /// How many events are due before that time and have not taken place.
  [[nodiscard]] std::uint64_t due_before(TimePoint end) const {
    // A nanosecond is more than the double's error in a year.
    const auto whole =
        std::ceil((static_cast<double>((end - start_).count()) - 1) / interval_.count());
    return whole <= static_cast<double>(count_) ? 0 : static_cast<std::uint64_t>(whole) - count_;
  }
  /// One event took place.
  void took_place() { ++count_; }
  /// There was nothing to do until now: what did not exist cannot be caught up.
  void was_idle_until(TimePoint now) {
    if (now > due()) {
      start_ = now;
      count_ = 0;
    }
  }

 private:
  FineNanoseconds interval_;  // with the fraction that adds up
  TimePoint start_;
  std::uint64_t count_ = 0;  // of events since then
};

}  // namespace mscomm
