#include "core/publish/number_set.h"

#include <algorithm>
#include <iterator>

namespace mscomm {

void NumberSet::add(std::uint64_t first, std::uint64_t last) {
  auto next = ranges_.upper_bound(first);
  const auto before = next == ranges_.begin() ? ranges_.end() : std::prev(next);
  if (before != ranges_.end() && last <= before->second) {
    return;
  }
  count_ += last - first + 1;
  if (next != ranges_.end() && next->first == last + 1) {
    last = next->second;
    next = ranges_.erase(next);
  }
  if (before != ranges_.end() && before->second + 1 == first) {
    before->second = last;
  } else {
    ranges_.emplace_hint(next, first, last);
  }
}

bool NumberSet::contains(std::uint64_t number) const {
  const auto next = ranges_.upper_bound(number);
  return next != ranges_.begin() && number <= std::prev(next)->second;
}

std::uint64_t NumberSet::take_from(std::uint64_t from, std::uint64_t most) {
  std::uint64_t taken = 0;
  auto range = ranges_.upper_bound(from);
  if (range != ranges_.begin() && std::prev(range)->second >= from) {
    --range;
  }
  while (range != ranges_.end() && taken < most) {
    const auto [first, last] = *range;
    const auto begin = std::max(first, from);
    const auto end = std::min(last, begin + (most - taken) - 1);
    taken += end - begin + 1;
    range = ranges_.erase(range);
    if (first < begin) {
      ranges_.emplace(first, begin - 1);
    }
    if (end < last) {
      ranges_.emplace(end + 1, last);
    }
  }
  count_ -= taken;
  return taken;
}

}  // namespace mscomm
