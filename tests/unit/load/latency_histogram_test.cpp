#include "core/load/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace mscomm {
namespace {

Duration nanos(std::int64_t count) { return Duration(count); }

TEST(LatencyHistogram, IsEmptyAtFirst) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.min(), Duration::zero());
  EXPECT_EQ(histogram.mean(), Duration::zero());
  EXPECT_EQ(histogram.percentile(99), Duration::zero());
  EXPECT_TRUE(histogram.buckets().empty());
}

TEST(LatencyHistogram, KeepsSmallValuesExactly) {
  LatencyHistogram histogram;
  for (int i = 1; i <= 1000; ++i) {
    histogram.record(nanos(i));
  }
  EXPECT_EQ(histogram.min(), nanos(1));
  EXPECT_EQ(histogram.max(), nanos(1000));
  EXPECT_EQ(histogram.mean(), nanos(500));  // 500.5, to even
  EXPECT_EQ(histogram.percentile(50), nanos(500));
  EXPECT_EQ(histogram.percentile(99), nanos(990));
  EXPECT_EQ(histogram.percentile(99.9), nanos(999));
  EXPECT_EQ(histogram.percentile(100), nanos(1000));
  EXPECT_EQ(histogram.percentile(0), nanos(1));
  EXPECT_EQ(histogram.buckets().size(), 1000U);
}

TEST(LatencyHistogram, RoundsTheMean) {
  LatencyHistogram histogram;
  for (const auto value : {1, 2, 2}) {
    histogram.record(nanos(value));
  }
  EXPECT_EQ(histogram.mean(), nanos(2));
}

TEST(LatencyHistogram, KeepsThreeDigitsOfAnyValue) {
  for (std::int64_t value = 1; value < std::int64_t{1} << 60; value += value / 7 + 1) {
    LatencyHistogram histogram;
    histogram.record(nanos(value));
    histogram.record(nanos(value * 4));  // or what is shown could never be more than the largest
    const auto shown = histogram.percentile(50).count();
    EXPECT_GE(shown, value);
    EXPECT_LE(static_cast<double>(shown - value), static_cast<double>(value) / 1000);
  }
}

TEST(LatencyHistogram, AgreesWithASortedList) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> latency(14, 2);
  LatencyHistogram histogram;
  std::vector<std::int64_t> all;
  for (int i = 0; i < 10'000; ++i) {
    all.push_back(static_cast<std::int64_t>(latency(random)));
    histogram.record(nanos(all.back()));
  }
  std::sort(all.begin(), all.end());
  for (const double percent : {1.0, 10.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    const auto exact = static_cast<double>(all[rank_of(percent, all.size()) - 1]);
    const auto shown = static_cast<double>(histogram.percentile(percent).count());
    EXPECT_GE(shown, exact) << percent;
    EXPECT_LE(shown, exact * 1.001) << percent;
  }
}

TEST(LatencyHistogram, CountsNegativeDurationsAsZero) {
  LatencyHistogram histogram;
  histogram.record(nanos(-5));
  EXPECT_EQ(histogram.max(), Duration::zero());
  EXPECT_EQ(histogram.count(), 1U);
}

TEST(LatencyHistogram, BeginsAnewWhenCleared) {
  LatencyHistogram histogram;
  histogram.record(nanos(5'000'000));
  histogram.clear();
  EXPECT_EQ(histogram.count(), 0U);
  histogram.record(nanos(9));
  EXPECT_EQ(histogram.min(), nanos(9));
  EXPECT_EQ(histogram.max(), nanos(9));
  EXPECT_EQ(histogram.mean(), nanos(9));
  EXPECT_EQ(histogram.buckets().size(), 1U);
}

TEST(LatencyHistogram, RanksDoNotSlipByABinaryFraction) {
  EXPECT_EQ(rank_of(99.9, 1000), 999U);
  EXPECT_EQ(rank_of(99, 100), 99U);
  EXPECT_EQ(rank_of(50, 1), 1U);
  EXPECT_EQ(rank_of(0.1, 10), 1U);
  EXPECT_EQ(rank_of(100, 12345), 12345U);
}

}  // namespace
}  // namespace mscomm
