#include "core/load/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace mscomm {
namespace {

// Values below 2^11 are exact; above, each power of two has 2^10 buckets: an error of at most 1 in
// 1024.
constexpr unsigned kExactBits = 11;
constexpr std::size_t kHalf = std::size_t{1} << (kExactBits - 1);

std::size_t bucket_of(std::uint64_t value) {
  const auto bits = static_cast<unsigned>(std::bit_width(value));
  const auto shift = bits > kExactBits ? bits - kExactBits : 0;
  return shift * kHalf + (value >> shift);
}

std::int64_t upper_end(std::size_t bucket) {
  const auto shift = bucket < 2 * kHalf ? 0 : bucket / kHalf - 1;
  const auto first = bucket - shift * kHalf;
  return static_cast<std::int64_t>(((first + 1) << shift) - 1);
}

}  // namespace

std::uint64_t rank_of(double percent, std::uint64_t count) {
  const auto share = percent / 100 * static_cast<double>(count);
  // In binary, 99.9 % of 1000 is a little more than 999.
  return static_cast<std::uint64_t>(std::max(1.0, std::ceil(share * (1 - 1e-12))));
}

void LatencyHistogram::record(Duration value) {
  static_assert(Duration::period::den == 1'000'000'000);
  const auto nanoseconds = std::max(Duration::rep{0}, value.count());
  const auto bucket = bucket_of(static_cast<std::uint64_t>(nanoseconds));
  if (bucket >= counts_.size()) {
    counts_.resize((bucket / kHalf + 1) * kHalf);
  }
  ++counts_[bucket];
  min_ = count_ == 0 ? nanoseconds : std::min(min_, nanoseconds);
  max_ = std::max(max_, nanoseconds);
  ++count_;
  sum_ += static_cast<double>(nanoseconds);
}

void LatencyHistogram::clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  count_ = 0;
  min_ = max_ = 0;
  sum_ = 0;
}

Duration LatencyHistogram::min() const { return Duration(min_); }

Duration LatencyHistogram::mean() const {
  return count_ == 0 ? Duration::zero()
                     : std::chrono::round<Duration>(FineNanoseconds(sum_) / count_);
}

Duration LatencyHistogram::percentile(double percent) const {
  return at_rank(rank_of(percent, count_));
}

Duration LatencyHistogram::at_rank(std::uint64_t rank) const {
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= rank) {
      return Duration(std::min(upper_end(i), max_));
    }
  }
  return Duration(max_);
}

std::vector<LatencyHistogram::Bucket> LatencyHistogram::buckets() const {
  std::vector<Bucket> result;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] > 0) {
      result.push_back({Duration(std::min(upper_end(i), max_)), counts_[i]});
    }
  }
  return result;
}

}  // namespace mscomm
