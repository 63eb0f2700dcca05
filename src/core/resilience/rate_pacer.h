#pragma once

#include <cstdint>

#include "core/runtime/clock.h"

namespace mscomm {

/// Spreads events evenly: an open loop, in which the n-th one is due at n / rate. Those that were
/// held up are caught up, so that the rate holds on the whole.
class RatePacer {
 public:
  /// `per_second` is more than 0. The first event is due at once.
  RatePacer(double per_second, TimePoint now)
      : interval_(
            std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 / per_second))),
        due_(now) {}

  [[nodiscard]] bool is_due(TimePoint now) const { return now >= due_; }
  [[nodiscard]] TimePoint due() const { return due_; }
  /// How many events are due before that time and have not taken place.
  [[nodiscard]] std::uint64_t due_before(TimePoint end) const {
    return end <= due_ ? 0 : static_cast<std::uint64_t>((end - due_ - Duration(1)) / interval_) + 1;
  }
  /// One event took place.
  void took_place() { due_ += interval_; }
  /// There was nothing to do until now: what did not exist cannot be caught up.
  void was_idle_until(TimePoint now) { due_ = now > due_ ? now : due_; }

 private:
  Duration interval_;
  TimePoint due_;
};

}  // namespace mscomm
