#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/runtime/clock.h"

namespace mscomm {

/// The nearest rank of a percentile among `count` values, counted from 1: the smallest rank that
/// covers `percent` of them.
std::uint64_t rank_of(double percent, std::uint64_t count);

/// Counts durations with three significant digits, whatever their size, as HdrHistogram does
/// (https://hdrhistogram.org): each value up to 2047 ns has its own bucket, each power of two above
/// has 1024. Memory depends on the largest duration, 8 KiB for each doubling, and not on the number
/// of values.
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
  /// The smallest bucket end that `percent` of the values do not exceed; percentile(100) is max().
  /// 0 when nothing was recorded.
  [[nodiscard]] Duration percentile(double percent) const;
  /// The rank-th smallest value, from 1 to count(), rounded up to its bucket.
  [[nodiscard]] Duration at_rank(std::uint64_t rank) const;

  /// A bucket with at least one value; its upper end stands for all of them.
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
