#pragma once

#include <string_view>
#include <vector>

namespace mscomm {

/// A set of HTTP statuses.
class StatusSet {
 public:
  /// 2xx.
  StatusSet() : ranges_{{200, 299}} {}

  /// Reads `200,404`, `2xx`, `200-299` and lists of them. Throws Error{usage} beginning with
  /// `what`.
  static StatusSet parse(std::string_view list, std::string_view what);

  static StatusSet none() {
    StatusSet set;
    set.ranges_.clear();
    return set;
  }

  [[nodiscard]] bool contains(int status) const;

 private:
  struct Range {
    int first;
    int last;
  };
  std::vector<Range> ranges_;
};

}  // namespace mscomm
