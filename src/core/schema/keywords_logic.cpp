#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/schema/keywords.h"
#include "core/schema/schema_visit.h"

namespace mscomm {

KeywordCheck reference_check(const KeywordSite& site) {
  return [&node = site.reference()](Visit& visit) { return visit.apply(node); };
}

KeywordCheck dynamic_reference_check(const KeywordSite& site) {
  auto anchor = site.dynamic_anchor();
  if (anchor.empty()) {
    return reference_check(site);
  }
  return [&node = site.reference(), anchor = std::move(anchor)](Visit& visit) {
    return visit.apply(visit.dynamic_target(anchor, node));
  };
}

KeywordCheck all_of_check(const KeywordSite& site) {
  return [nodes = site.schemas()](Visit& visit) {
    bool holds = true;
    for (const auto* node : nodes) {
      holds = visit.apply(*node) && holds;
      if (!holds && !visit.reports()) {
        break;
      }
    }
    return holds;
  };
}

KeywordCheck any_of_check(const KeywordSite& site) {
  return [nodes = site.schemas()](Visit& visit) {
    bool holds = false;
    for (std::size_t i = 0; i < nodes.size() && (!holds || visit.tracks_marks()); ++i) {
      holds = visit.matches(*nodes[i]) || holds;
    }
    return holds || visit.fail_because(nodes, [&] {
      return fmt::format("this matches none of the {} schemas of anyOf", nodes.size());
    });
  };
}

KeywordCheck one_of_check(const KeywordSite& site) {
  return [nodes = site.schemas()](Visit& visit) {
    std::vector<std::size_t> matching;
    for (std::size_t i = 0; i < nodes.size() && matching.size() < 2; ++i) {
      if (visit.matches(*nodes[i])) {
        matching.push_back(i);
      }
    }
    if (matching.empty()) {
      return visit.fail_because(nodes, [&] {
        return fmt::format("this matches none of the {} schemas of oneOf", nodes.size());
      });
    }
    return matching.size() == 1 || visit.fail([&] {
      return fmt::format("this matches more than one schema of oneOf: {} and {}", matching[0],
                         matching[1]);
    });
  };
}

KeywordCheck not_check(const KeywordSite& site) {
  return [&node = site.schema()](Visit& visit) {
    return !visit.matches(node) ||
           visit.fail([] { return std::string("this matches what 'not' excludes"); });
  };
}

KeywordCheck if_check(const KeywordSite& site) {
  return [&condition = site.schema(), then = site.sibling_schema("then"),
          otherwise = site.sibling_schema("else")](Visit& visit) {
    const auto* const next = visit.matches(condition) ? then : otherwise;
    return next == nullptr || visit.apply(*next);
  };
}

}  // namespace mscomm
