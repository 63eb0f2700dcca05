#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/document/json_value.h"
#include "core/schema/keywords.h"
#include "core/schema/schema_visit.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned kInteger = 64;  // next to the bits of TypeBits

struct TypeName {
  std::string_view name;
  std::string_view with_article;
  unsigned bit;
};

constexpr std::array kTypeNames{
    TypeName{"null", "null", kNull},
    TypeName{"boolean", "a boolean", kBoolean},
    TypeName{"integer", "an integer", kInteger},
    TypeName{"number", "a number", kNumber},
    TypeName{"string", "a string", kString},
    TypeName{"array", "an array", kArray},
    TypeName{"object", "an object", kObject},
};

// The bits of all types that the value has.
unsigned bits_of(const Json& value) {
  return type_bit(value) | (is_integer(value) ? kInteger : 0U);
}

std::string names_of(unsigned bits) {
  std::string out;
  for (const auto& type : kTypeNames) {
    if ((bits & type.bit) != 0) {
      out += out.empty() ? "" : " or ";
      out += type.with_article;
    }
  }
  return out;
}

unsigned wanted_types(const KeywordSite& site) {
  const bool is_list = site.value().is_array();
  unsigned wanted = 0;
  for (const auto& name :
       is_list ? site.texts(site.value()) : std::vector<std::string>{site.text()}) {
    const auto* const type = std::ranges::find(kTypeNames, name, &TypeName::name);
    if (type == kTypeNames.end()) {
      site.refuse(fmt::format("{} is not a type", in_quotes(name)));
    }
    wanted |= type->bit;
  }
  return wanted;
}

KeywordCheck check_of(unsigned wanted) {
  return [wanted](Visit& visit) {
    return (bits_of(visit.value()) & wanted) != 0 || visit.fail([&] {
      return fmt::format("{} is not {}", shown(visit.value()), names_of(wanted));
    });
  };
}

bool is_nullable(const KeywordSite& site) {
  const auto* const nullable = site.sibling("nullable");
  return nullable != nullptr && *nullable == Json(true);
}

}  // namespace

KeywordCheck type_check(const KeywordSite& site) { return check_of(wanted_types(site)); }

KeywordCheck openapi_type_check(const KeywordSite& site) {
  return check_of(wanted_types(site) | (is_nullable(site) ? kNull : 0U));
}

KeywordCheck enum_check(const KeywordSite& site) {
  return [allowed = site.array()](Visit& visit) {
    const auto& value = visit.value();
    return std::ranges::any_of(allowed,
                               [&](const Json& each) { return same_value(each, value); }) ||
           visit.fail([&] {
             return fmt::format("{} is none of the allowed values {}", shown(value),
                                shown(allowed));
           });
  };
}

KeywordCheck const_check(const KeywordSite& site) {
  return [wanted = site.value()](Visit& visit) {
    return same_value(wanted, visit.value()) || visit.fail([&] {
      return fmt::format("{} is not {}", shown(visit.value()), shown(wanted));
    });
  };
}

}  // namespace mscomm
