#include "core/contract/openapi_shape.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 7> kTypes{"array",  "object",  "number", "integer",
                                                 "string", "boolean", "null"};

bool is_of_type(const Json& value, std::string_view type) {
  return (type == "array" && value.is_array()) || (type == "object" && value.is_object()) ||
         (type == "string" && value.is_string()) || (type == "boolean" && value.is_boolean()) ||
         (type == "null" && value.is_null()) || (type == "number" && value.is_number()) ||
         (type == "integer" && value.is_number_integer());
}

bool is_true(const std::optional<ApiNode>& node) {
  return node && node->value().is_boolean() && node->value().get<bool>();
}

// "type", or what says as much.
bool names_type(const ApiNode& schema, std::string_view type) {
  const auto types = schema.find("type");
  const auto nullable = schema.find("nullable");
  const auto values = schema.find("enum");
  const auto value = schema.find("const");
  bool is_named = types && types->value() == Json(type);
  if (types && types->value().is_array()) {
    is_named = std::ranges::find(types->value(), Json(type)) != types->value().end();
  }
  is_named = is_named || (type == "null" && types && is_true(nullable));
  if (!types) {
    is_named = (value && is_of_type(value->value(), type)) ||
               (values && values->value().is_array() &&
                std::ranges::any_of(values->value(),
                                    [&](const Json& each) { return is_of_type(each, type); })) ||
               (type == "object" && schema.find("properties")) ||
               (type == "array" && schema.find("items"));
  }
  return is_named;
}

}  // namespace

std::optional<ApiNode> ApiShape::search(const Search& function) const {
  constexpr std::size_t kMostSchemas = 100;
  std::vector<ApiNode> open;
  if (schema_) {
    open.push_back(*schema_);
  }
  for (std::size_t i = 0; i < open.size() && i < kMostSchemas; ++i) {
    const auto schema = document_.follow(open[i]);
    if (auto answer = function(schema)) {
      return answer;
    }
    for (const auto* const name : {"allOf", "anyOf", "oneOf"}) {
      const auto list = schema.find(name);
      for (auto& each : list ? list->children() : std::vector<ApiNode>()) {
        open.push_back(std::move(each));
      }
    }
  }
  return std::nullopt;
}

bool ApiShape::names(std::string_view type) const {
  return search([type](const ApiNode& schema) {
           return names_type(schema, type) ? std::optional(schema) : std::nullopt;
         })
      .has_value();
}

bool ApiShape::names_any() const {
  return std::ranges::any_of(kTypes, [this](auto type) { return names(type); });
}

ApiShape ApiShape::items() const {
  return with(search([](const ApiNode& schema) { return schema.find("items"); }));
}

ApiShape ApiShape::member(std::string_view name) const {
  auto found = search([name](const ApiNode& schema) {
    const auto properties = schema.find("properties");
    return properties ? properties->find(name) : std::nullopt;
  });
  if (!found) {
    found = search([](const ApiNode& schema) { return schema.find("additionalProperties"); });
  }
  return with(found && found->value().is_object() ? found : std::nullopt);
}

bool ApiShape::has_member(std::string_view name) const {
  return search([name](const ApiNode& schema) {
           const auto properties = schema.find("properties");
           return properties ? properties->find(name) : std::nullopt;
         })
      .has_value();
}

bool ApiShape::has_other_members() const {
  const auto others =
      search([](const ApiNode& schema) { return schema.find("additionalProperties"); });
  return others && others->value() != Json(false);
}

Json ApiShape::value_of(const std::string& text, bool typed) const {
  const bool any = typed && !names_any();
  if (any || (typed && (names("number") || names("integer")))) {
    auto number = Json::parse(text, nullptr, false);
    if (number.is_number()) {
      return number;
    }
  }
  if ((text == "true" || text == "false") && (any || (typed && names("boolean")))) {
    return text == "true";
  }
  if (typed && text == "null" && names("null")) {
    return Json();
  }
  return text;
}

}  // namespace mscomm
