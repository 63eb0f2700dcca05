#include <fmt/format.h>

#include <compare>
#include <nlohmann/json.hpp>

#include "core/document/json_value.h"
#include "core/schema/format.h"
#include "core/schema/keywords.h"
#include "core/schema/schema_visit.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

// How a number is compared with a limit.
struct Bound {
  bool is_minimum;
  bool is_exclusive;
};

KeywordCheck bound_check(const KeywordSite& site, Bound bound) {
  return [limit = site.number(), bound](Visit& visit) {
    const auto order = compare_numbers(visit.value(), limit);
    const bool is_beyond = bound.is_minimum ? std::is_lt(order) : std::is_gt(order);
    return !(is_beyond || (bound.is_exclusive && std::is_eq(order))) || visit.fail([&] {
      return fmt::format("{} is {} the {}{} {}", shown(visit.value()),
                         std::is_eq(order)  ? "not beyond"
                         : bound.is_minimum ? "less than"
                                            : "greater than",
                         bound.is_exclusive ? "exclusive " : "",
                         bound.is_minimum ? "minimum" : "maximum", shown(limit));
    });
  };
}

bool has_flag(const KeywordSite& site, std::string_view name) {
  const auto* const flag = site.sibling(name);
  return flag != nullptr && *flag == Json(true);
}

KeywordCheck length_check(const KeywordSite& site, bool is_minimum) {
  return [limit = site.count(), is_minimum](Visit& visit) {
    const auto& value = visit.value();
    const auto length = character_count(value.get_ref<const std::string&>());
    return (is_minimum ? length >= limit : length <= limit) || visit.fail([&] {
      return fmt::format("{} has {} character{}, {} than {}", shown(value), length,
                         length == 1 ? "" : "s", is_minimum ? "fewer" : "more", limit);
    });
  };
}

}  // namespace

KeywordCheck minimum_check(const KeywordSite& site) { return bound_check(site, {true, false}); }
KeywordCheck maximum_check(const KeywordSite& site) { return bound_check(site, {false, false}); }
KeywordCheck exclusive_minimum_check(const KeywordSite& site) {
  return bound_check(site, {true, true});
}
KeywordCheck exclusive_maximum_check(const KeywordSite& site) {
  return bound_check(site, {false, true});
}

KeywordCheck draft_4_minimum_check(const KeywordSite& site) {
  return bound_check(site, {true, has_flag(site, "exclusiveMinimum")});
}

KeywordCheck draft_4_maximum_check(const KeywordSite& site) {
  return bound_check(site, {false, has_flag(site, "exclusiveMaximum")});
}

KeywordCheck flag_check(const KeywordSite& site) {
  static_cast<void>(site.flag());
  return {};
}

KeywordCheck multiple_of_check(const KeywordSite& site) {
  if (!std::is_gt(compare_numbers(site.number(), 0))) {
    site.refuse(fmt::format("{} is not greater than 0", shown(site.value())));
  }
  return [divisor = site.number()](Visit& visit) {
    return is_multiple(visit.value(), divisor) || visit.fail([&] {
      return fmt::format("{} is not a multiple of {}", shown(visit.value()), shown(divisor));
    });
  };
}

KeywordCheck min_length_check(const KeywordSite& site) { return length_check(site, true); }
KeywordCheck max_length_check(const KeywordSite& site) { return length_check(site, false); }

KeywordCheck pattern_check(const KeywordSite& site) {
  return [pattern = site.pattern(site.text())](Visit& visit) {
    return pattern->is_found_in(visit.value().get_ref<const std::string&>()) || visit.fail([&] {
      return fmt::format("{} does not match the pattern {}", shown(visit.value()),
                         in_quotes(pattern->text()));
    });
  };
}

KeywordCheck format_check(const KeywordSite& site) {
  const auto test = find_format(site.text());
  if (test == nullptr || !site.asserts_formats()) {
    return {};
  }
  static_cast<void>(test("\u00fc"));  // a library that is missing is told now, not with a value
  return [test, name = site.text()](Visit& visit) {
    return test(visit.value().get_ref<const std::string&>()) || visit.fail([&] {
      return fmt::format("{} is not of the format {}", shown(visit.value()), in_quotes(name));
    });
  };
}

}  // namespace mscomm
