#include "core/contract/openapi_shape.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/document/json_parser.h"

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

bool is_true(const std::optional<DocumentNode>& node) {
  return node && node->value().is_boolean() && node->value().get<bool>();
}

// The whole text as a number. The first and last character are checked because the JSON parser
// skips white space and a BOM.
std::optional<Json> as_number(const std::string& text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !(is_digit(text.front()) || text.front() == '-') || !is_digit(text.back())) {
    return std::nullopt;
  }
  JsonMistake mistake;
  auto number = parse_json(text, mistake);
  return number && number->is_number() ? std::move(number) : std::nullopt;
}

// Whether "type" names the type; without "type", whether another keyword implies it.
bool names_type(const DocumentNode& schema, std::string_view type) {
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
               (type == "array" && (schema.find("items") || schema.find("prefixItems")));
  }
  return is_named;
}

}  // namespace

std::optional<DocumentNode> ApiShape::search(const Search& function) const {
  constexpr std::size_t kMostSchemas = 100;
  std::vector<DocumentNode> open;
  if (schema_) {
    open.push_back(*schema_);
  }
  for (std::size_t i = 0; i < open.size() && i < kMostSchemas; ++i) {
    const auto schema = open[i];
    const bool is_reference = schema.find("$ref").has_value();
    if (const auto target = document_.try_follow(schema); is_reference && target) {
      open.push_back(*target);
      if (document_.is_3_0()) {
        continue;  // in 3.0 the siblings of a reference are ignored
      }
    }
    if (auto answer = function(schema)) {
      return answer;
    }
    for (const auto* const name : {"allOf", "anyOf", "oneOf"}) {
      const auto list = schema.find(name);
      for (auto& each : list ? list->children() : std::vector<DocumentNode>()) {
        open.push_back(std::move(each));
      }
    }
  }
  return std::nullopt;
}

bool ApiShape::names(std::string_view type) const {
  return search([type](const DocumentNode& schema) {
           return names_type(schema, type) ? std::optional(schema) : std::nullopt;
         })
      .has_value();
}

bool ApiShape::names_any() const {
  return std::ranges::any_of(kTypes, [this](auto type) { return names(type); });
}

bool ApiShape::is_unresolved() const {
  return search([this](const DocumentNode& schema) {
           return document_.try_follow(schema) ? std::nullopt : std::optional(schema);
         })
      .has_value();
}

ApiShape ApiShape::item(std::size_t index) const {
  return with(search([index](const DocumentNode& schema) {
    const auto first = schema.find("prefixItems");
    const auto items = first ? first->children() : std::vector<DocumentNode>();
    return index < items.size() ? std::optional(items[index]) : schema.find("items");
  }));
}

ApiShape ApiShape::member(std::string_view name) const {
  auto found = search([name](const DocumentNode& schema) {
    const auto properties = schema.find("properties");
    return properties ? properties->find(name) : std::nullopt;
  });
  if (!found && !has("patternProperties")) {
    found = search([](const DocumentNode& schema) { return schema.find("additionalProperties"); });
  }
  return with(found && found->value().is_object() ? found : std::nullopt);
}

bool ApiShape::has_member(std::string_view name) const {
  return search([name](const DocumentNode& schema) {
           const auto properties = schema.find("properties");
           return properties ? properties->find(name) : std::nullopt;
         })
      .has_value();
}

bool ApiShape::has(std::string_view keyword) const {
  return search([keyword](const DocumentNode& schema) { return schema.find(keyword); }).has_value();
}

bool ApiShape::has_other_members() const {
  const auto others =
      search([](const DocumentNode& schema) { return schema.find("additionalProperties"); });
  return has("patternProperties") ||
         (others ? others->value() != Json(false) : names("object") && !has("properties"));
}

Json ApiShape::value_of(const std::string& text, bool typed) const {
  const bool any = typed && (!names_any() || is_unresolved());
  if (any || (typed && (names("number") || names("integer")))) {
    if (auto number = as_number(text)) {
      return *std::move(number);
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
