#include "core/http/status_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

[[noreturn]] void refuse(std::string_view item, std::string_view what) {
  throw Error(Exit::usage, fmt::format("{}: '{}' is not a status", what, item),
              "examples: 200   2xx   200,404   200-299");
}

// HTTP's statuses have three digits (RFC 9110 section 15).
int status_number(std::string_view text, std::string_view item, std::string_view what) {
  int number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end || text.size() != 3 || number < 100) {
    refuse(item, what);
  }
  return number;
}

}  // namespace

StatusSet StatusSet::parse(std::string_view list, std::string_view what) {
  StatusSet set;
  set.ranges_.clear();
  for (;;) {
    const auto comma = list.find(',');
    const auto item = trim(list.substr(0, comma));
    if (item.size() == 3 && (item.ends_with("xx") || item.ends_with("XX")) && item[0] >= '1' &&
        item[0] <= '9') {
      const int first = (item[0] - '0') * 100;
      set.ranges_.push_back({first, first + 99});
    } else if (const auto dash = item.find('-'); dash != std::string_view::npos) {
      const int first = status_number(trim(item.substr(0, dash)), item, what);
      const int last = status_number(trim(item.substr(dash + 1)), item, what);
      if (last < first) {
        refuse(item, what);
      }
      set.ranges_.push_back({first, last});
    } else {
      const int status = status_number(item, item, what);
      set.ranges_.push_back({status, status});
    }
    if (comma == std::string_view::npos) {
      return set;
    }
    list.remove_prefix(comma + 1);
  }
}

bool StatusSet::contains(int status) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [status](const Range& range) {
    return range.first <= status && status <= range.last;
  });
}

}  // namespace mscomm
