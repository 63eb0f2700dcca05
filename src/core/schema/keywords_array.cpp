#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/document/json_value.h"
#include "core/schema/keywords.h"
#include "core/schema/schema_visit.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

KeywordCheck item_count_check(const KeywordSite& site, bool is_minimum) {
  return [limit = site.count(), is_minimum](Visit& visit) {
    const auto count = visit.value().size();
    return (is_minimum ? count >= limit : count <= limit) || visit.fail([&] {
      return fmt::format("there {} {} item{}, {} than {}", count == 1 ? "is" : "are", count,
                         count == 1 ? "" : "s", is_minimum ? "fewer" : "more", limit);
    });
  };
}

// Judges every item from index `start`.
bool enter_items(Visit& visit, const SchemaNode& node, std::size_t start) {
  const auto& items = visit.value();
  bool holds = true;
  for (std::size_t i = start; i < items.size() && (holds || visit.reports()); ++i) {
    holds = visit.enter(node, items[i], i) && holds;
  }
  return holds;
}

// The number of leading items covered by a list of schemas at another keyword.
std::size_t list_size(const Json* list) {
  return list != nullptr && list->is_array() ? list->size() : 0;
}

// The indices of two equal items.
std::optional<std::pair<std::size_t, std::size_t>> find_same(const Json& items) {
  std::vector<std::pair<std::size_t, std::size_t>> hashes;
  for (std::size_t i = 0; i < items.size(); ++i) {
    hashes.emplace_back(hash_of(items[i]), i);
  }
  std::ranges::sort(hashes);
  for (auto one = hashes.begin(); one != hashes.end(); ++one) {
    for (auto other = std::next(one); other != hashes.end() && other->first == one->first;
         ++other) {
      if (same_value(items[one->second], items[other->second])) {
        return std::pair(one->second, other->second);
      }
    }
  }
  return std::nullopt;
}

struct ContainsLimits {
  std::size_t least = 1;
  std::size_t most = std::numeric_limits<std::size_t>::max();
};

KeywordCheck contains(const SchemaNode& node, ContainsLimits limits, bool marks) {
  return [&node, limits, marks](Visit& visit) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < visit.value().size(); ++i) {
      if (visit.child_matches(node, visit.value()[i])) {
        ++count;
        if (marks) {
          visit.mark(i);
        }
      }
    }
    return (count >= limits.least && count <= limits.most) || visit.fail([&] {
      return count == 0 && limits.least == 1
                 ? std::string("no item matches 'contains'")
                 : fmt::format("{} item{} 'contains', {} than {}", count,
                               count == 1 ? " matches" : "s match",
                               count < limits.least ? "fewer" : "more",
                               count < limits.least ? limits.least : limits.most);
    });
  };
}

}  // namespace

KeywordCheck min_items_check(const KeywordSite& site) { return item_count_check(site, true); }
KeywordCheck max_items_check(const KeywordSite& site) { return item_count_check(site, false); }

KeywordCheck unique_items_check(const KeywordSite& site) {
  if (!site.flag()) {
    return {};
  }
  return [](Visit& visit) {
    const auto same = find_same(visit.value());
    return !same || visit.fail([&] {
      return fmt::format("items {} and {} are the same: {}", same->first, same->second,
                         shown(visit.value()[same->first]));
    });
  };
}

KeywordCheck prefix_items_check(const KeywordSite& site) {
  return [nodes = site.schemas()](Visit& visit) {
    const auto& items = visit.value();
    bool holds = true;
    for (std::size_t i = 0; i < std::min(nodes.size(), items.size()); ++i) {
      holds = visit.enter(*nodes[i], items[i], i) && holds;
    }
    return holds;
  };
}

KeywordCheck items_check(const KeywordSite& site) {
  return [&node = site.schema(), start = list_size(site.sibling("prefixItems"))](Visit& visit) {
    return enter_items(visit, node, start);
  };
}

KeywordCheck draft_7_items_check(const KeywordSite& site) {
  return site.value().is_array() ? prefix_items_check(site) : items_check(site);
}

KeywordCheck additional_items_check(const KeywordSite& site) {
  const auto* const items = site.sibling("items");
  if (items == nullptr || !items->is_array()) {
    return {};
  }
  return [&node = site.schema(), start = items->size()](Visit& visit) {
    return enter_items(visit, node, start);
  };
}

KeywordCheck contains_check(const KeywordSite& site) {
  ContainsLimits limits;
  if (const auto* const least = site.sibling("minContains")) {
    limits.least = site.count_of(*least);
  }
  if (const auto* const most = site.sibling("maxContains")) {
    limits.most = site.count_of(*most);
  }
  return contains(site.schema(), limits, true);
}

KeywordCheck draft_7_contains_check(const KeywordSite& site) {
  return contains(site.schema(), {}, false);
}

KeywordCheck unevaluated_items_check(const KeywordSite& site) {
  return [&node = site.schema()](Visit& visit) {
    const auto& items = visit.value();
    bool holds = true;
    for (std::size_t i = 0; i < items.size(); ++i) {
      holds = (visit.is_marked(i) || visit.enter(node, items[i], i)) && holds;
    }
    return holds;
  };
}

}  // namespace mscomm
