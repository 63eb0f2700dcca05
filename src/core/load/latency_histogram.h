#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/runtime/clock.h"

namespace mscomm {

/// The rank of a percentile among `count` values, from 1: the smallest that holds so many per cent.
std::uint64_t rank_of(double percent, std::uint64_t count);

/// Counts durations with three significant digits, whatever their size, as HdrHistogram does
/// (https://hdrhistogram.org): up to 2047 ns each has a bucket of its own, above that each power of
/// two is divided into 1024. Memory grows with the largest duration, 8 KiB for each doubling, and
/// not with their number.
class LatencyHistogram {
 public:
  /// Negative durations count as 0.
  void record(Duration value);
  void clear();

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Exact; 0 when nothing was recorded.
  [[nodiscard]] Duration min() const;
  [[nodiscard]] Duration max() const { return Duration(max_); }
  [[nodiscard]] Duration mean() const;
  /// What `percent` of all do not exceed, rounded up to its bucket: percentile(100) is max(). 0
  /// when nothing was recorded.
  [[nodiscard]] Duration percentile(double percent) const;
  /// The rank-th smallest, from 1 to count(), in the same way.
  [[nodiscard]] Duration at_rank(std::uint64_t rank) const;

  /// A bucket that is not empty; its largest value stands for all of it.
  struct Bucket {
    Duration upper;
    std::uint64_t count;
  };
  /// In ascending order.
  [[nodiscard]] std::vector<Bucket> buckets() const;

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::int64_t min_ = 0;
  std::int64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace mscomm
