#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <unordered_set>

#include "core/document/json_value.h"
#include "core/schema/keywords.h"
#include "core/schema/schema_visit.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;
using Patterns = std::vector<std::shared_ptr<const Pattern>>;

KeywordCheck member_count_check(const KeywordSite& site, bool is_minimum) {
  return [limit = site.count(), is_minimum](Visit& visit) {
    const auto count = visit.value().size();
    return (is_minimum ? count >= limit : count <= limit) || visit.fail([&] {
      return fmt::format("there {} {} member{}, {} than {}", count == 1 ? "is" : "are", count,
                         count == 1 ? "" : "s", is_minimum ? "fewer" : "more", limit);
    });
  };
}

// Calls `holds(index, member)` for each member, until one fails and no more violations are wanted.
template <class Function>
bool all_members(Visit& visit, const Function& holds) {
  const auto& object = visit.value();
  bool all = true;
  std::size_t index = 0;
  for (auto member = object.begin(); member != object.end() && (all || visit.reports());
       ++member, ++index) {
    all = holds(index, member) && all;
  }
  return all;
}

bool any_is_found(const Patterns& patterns, const std::string& name) {
  return std::ranges::any_of(patterns,
                             [&](const auto& pattern) { return pattern->is_found_in(name); });
}

std::string missing(std::string_view name) {
  return fmt::format("the member {} is missing", in_quotes(name));
}

// The requirements that follow when `member` is present.
struct Dependency {
  std::string member;
  std::vector<std::string> required;
  const SchemaNode* schema = nullptr;

  [[nodiscard]] bool holds(Visit& visit) const {
    bool all = schema == nullptr || visit.apply(*schema);
    for (const auto& name : required) {
      if (!visit.value().contains(name)) {
        all = visit.fail(
            [&] { return fmt::format("{}, and {} needs it", missing(name), in_quotes(member)); });
      }
    }
    return all;
  }
};

struct Property {
  const SchemaNode* schema;
  std::string_view exclusion;

  [[nodiscard]] bool is_allowed(Visit& visit, const std::string& name) const {
    return exclusion.empty() || visit.fail([&] {
      return fmt::format("the member {} is {}: a {} must not have it", in_quotes(name), exclusion,
                         exclusion == "readOnly" ? "request" : "response");
    });
  }
};

}  // namespace

KeywordCheck min_properties_check(const KeywordSite& site) {
  return member_count_check(site, true);
}
KeywordCheck max_properties_check(const KeywordSite& site) {
  return member_count_check(site, false);
}

KeywordCheck required_check(const KeywordSite& site) {
  return [names = site.without_excluded(site.texts(site.value()))](Visit& visit) {
    bool holds = true;
    for (const auto& name : names) {
      if (!visit.value().contains(name)) {
        holds = visit.fail([&] { return missing(name); });
      }
    }
    return holds;
  };
}

KeywordCheck properties_check(const KeywordSite& site) {
  std::unordered_map<std::string, Property> properties;
  for (const auto& [name, value] : site.object().items()) {
    properties.emplace(name, Property{&site.schema_in(value, name), site.exclusion(value)});
  }
  return [properties = std::move(properties)](Visit& visit) {
    return all_members(visit, [&](std::size_t index, const auto& member) {
      const auto found = properties.find(member.key());
      return found == properties.end() ||
             (found->second.is_allowed(visit, member.key()) &&
              visit.enter(*found->second.schema, *member, index, member.key()));
    });
  };
}

KeywordCheck pattern_properties_check(const KeywordSite& site) {
  std::vector<std::pair<std::shared_ptr<const Pattern>, const SchemaNode*>> nodes;
  for (const auto& [name, value] : site.object().items()) {
    nodes.emplace_back(site.pattern(name), &site.schema_in(value, name));
  }
  return [nodes = std::move(nodes)](Visit& visit) {
    return all_members(visit, [&](std::size_t index, const auto& member) {
      bool holds = true;
      for (const auto& [pattern, node] : nodes) {
        if (pattern->is_found_in(member.key())) {
          holds = visit.enter(*node, *member, index, member.key()) && holds;
        }
      }
      return holds;
    });
  };
}

KeywordCheck additional_properties_check(const KeywordSite& site) {
  std::unordered_set<std::string> names;
  if (const auto* const properties = site.sibling("properties");
      properties != nullptr && properties->is_object()) {
    for (const auto& [name, value] : properties->items()) {
      names.insert(name);
    }
  }
  Patterns patterns;
  if (const auto* const by_pattern = site.sibling("patternProperties");
      by_pattern != nullptr && by_pattern->is_object()) {
    for (const auto& [name, value] : by_pattern->items()) {
      patterns.push_back(site.pattern(name));
    }
  }
  return [&node = site.schema(), names = std::move(names),
          patterns = std::move(patterns)](Visit& visit) {
    return all_members(visit, [&](std::size_t index, const auto& member) {
      return names.contains(member.key()) || any_is_found(patterns, member.key()) ||
             visit.enter(node, *member, index, member.key());
    });
  };
}

KeywordCheck property_names_check(const KeywordSite& site) {
  return [&node = site.schema()](Visit& visit) {
    return all_members(visit, [&](std::size_t, const auto& member) {
      return visit.name_matches(node, member.key());
    });
  };
}

KeywordCheck dependencies_check(const KeywordSite& site) {
  std::vector<Dependency> dependencies;
  for (const auto& [name, value] : site.object().items()) {
    auto& dependency = dependencies.emplace_back(Dependency{name, {}, nullptr});
    if (value.is_array()) {
      dependency.required = site.texts(value);
    } else {
      dependency.schema = &site.schema_in(value, name);
    }
  }
  return [dependencies = std::move(dependencies)](Visit& visit) {
    bool holds = true;
    for (const auto& dependency : dependencies) {
      holds = (!visit.value().contains(dependency.member) || dependency.holds(visit)) && holds;
    }
    return holds;
  };
}

KeywordCheck unevaluated_properties_check(const KeywordSite& site) {
  return [&node = site.schema()](Visit& visit) {
    return all_members(visit, [&](std::size_t index, const auto& member) {
      return visit.is_marked(index) || visit.enter(node, *member, index, member.key());
    });
  };
}

}  // namespace mscomm
