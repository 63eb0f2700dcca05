#pragma once

#include <cstdint>
#include <map>

namespace mscomm {

/// A set of numbers from 1, kept as ranges. Adding the next number costs next to nothing.
class NumberSet {
 public:
  void add(std::uint64_t number) { add(number, number); }
  /// Adds a range that begins after every number of the set or has no number of it.
  void add(std::uint64_t first, std::uint64_t last);
  [[nodiscard]] bool contains(std::uint64_t number) const;

  /// Removes the `most` lowest numbers that are not below `from`, or what there is of them; returns
  /// how many.
  std::uint64_t take_from(std::uint64_t from, std::uint64_t most);

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// The highest number; 0 when the set is empty.
  [[nodiscard]] std::uint64_t highest() const {
    return ranges_.empty() ? 0 : ranges_.rbegin()->second;
  }
  /// From each first number to its last; no two ranges touch.
  [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& ranges() const noexcept {
    return ranges_;
  }

  bool operator==(const NumberSet&) const = default;

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;
  std::uint64_t count_ = 0;
};

}  // namespace mscomm
