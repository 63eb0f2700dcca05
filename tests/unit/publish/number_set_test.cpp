#include "core/publish/number_set.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

namespace mscomm {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(NumberSet, NeighboursAreOneRange) {
  NumberSet set;
  for (const auto number : {1U, 2U, 5U, 4U, 9U, 3U}) {
    set.add(number);
  }
  EXPECT_THAT(set.ranges(), ElementsAre(Pair(1, 5), Pair(9, 9)));
  EXPECT_EQ(set.count(), 6U);
  EXPECT_EQ(set.highest(), 9U);
}

TEST(NumberSet, ANumberCountsOnce) {
  NumberSet set;
  set.add(3, 7);
  set.add(5);
  set.add(7);
  EXPECT_EQ(set.count(), 5U);
}

TEST(NumberSet, TakesTheLowestFromANumberOn) {
  NumberSet set;
  set.add(1, 10);
  set.add(20, 29);
  EXPECT_EQ(set.take_from(5, 8), 8U);
  EXPECT_THAT(set.ranges(), ElementsAre(Pair(1, 4), Pair(22, 29)));
  EXPECT_EQ(set.take_from(12, 100), 8U);
  EXPECT_THAT(set.ranges(), ElementsAre(Pair(1, 4)));
  EXPECT_EQ(set.take_from(5, 1), 0U);
  EXPECT_EQ(set.count(), 4U);
}

TEST(NumberSet, IsASetOfNumbers) {
  std::minstd_rand random(7);  // NOLINT(cert-msc51-cpp): the same each time
  for (int round = 0; round < 200; ++round) {
    NumberSet set;
    std::set<std::uint64_t> numbers;
    for (int step = 0; step < 60; ++step) {
      const std::uint64_t number = 1 + random() % 40;
      if (random() % 4 != 0) {
        set.add(number);
        numbers.insert(number);
      } else {
        const auto most = random() % 5;
        auto first = numbers.lower_bound(number);
        std::uint64_t taken = 0;
        while (first != numbers.end() && taken < most) {
          first = numbers.erase(first);
          ++taken;
        }
        ASSERT_EQ(set.take_from(number, most), taken);
      }
      ASSERT_EQ(set.count(), numbers.size());
      for (std::uint64_t each = 0; each <= 41; ++each) {
        ASSERT_EQ(set.contains(each), numbers.contains(each)) << each;
      }
    }
    std::uint64_t end = 0;
    for (const auto& [from, to] : set.ranges()) {
      EXPECT_TRUE(end == 0 || from > end + 1) << "ranges that touch";
      end = to;
    }
  }
}

}  // namespace
}  // namespace mscomm
