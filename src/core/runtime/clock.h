#pragma once

#include <chrono>
#include <optional>

namespace mscomm {

using Milliseconds = std::chrono::milliseconds;
/// Nanoseconds with a fraction. std::chrono::round() of them needs no libm, which would be one more
/// shared object to load at every start.
using FineNanoseconds = std::chrono::duration<double, std::nano>;
using Duration = std::chrono::steady_clock::duration;
using TimePoint = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

/// The monotonic and the wall clock, replaced in tests.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
};

/// The system's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] WallTime wall() const override { return std::chrono::system_clock::now(); }
};

/// A point in time at which waiting ends; by default there is none.
class Deadline {
 public:
  Deadline() = default;
  explicit Deadline(TimePoint at) : at_(at) {}

  /// `std::nullopt` means no deadline.
  static Deadline in(const Clock& clock, std::optional<Duration> wait) {
    return wait ? Deadline(clock.now() + *wait) : Deadline();
  }

  [[nodiscard]] bool passed(TimePoint now) const { return at_ && now >= *at_; }
  [[nodiscard]] const std::optional<TimePoint>& at() const { return at_; }

  /// The time left, never negative; `std::nullopt` without a deadline.
  [[nodiscard]] std::optional<Duration> left(TimePoint now) const {
    if (!at_) {
      return std::nullopt;
    }
    return now >= *at_ ? Duration::zero() : *at_ - now;
  }

  /// The earlier of two deadlines.
  [[nodiscard]] Deadline min(const Deadline& other) const {
    if (!at_) {
      return other;
    }
    return !other.at_ || *at_ <= *other.at_ ? *this : other;
  }

 private:
  std::optional<TimePoint> at_;
};

}  // namespace mscomm
