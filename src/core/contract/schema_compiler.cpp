#include "core/contract/schema_compiler.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/contract/json_pointer.h"
#include "core/contract/json_value.h"
#include "core/runtime/error.h"
#include "core/runtime/uri.h"

namespace mscomm {

namespace {

using Json = nlohmann::ordered_json;

const Json* member_of(const Json& value, std::string_view name) {
  const auto found = value.is_object() ? value.find(name) : value.end();
  return found == value.end() ? nullptr : &*found;
}

}  // namespace

SchemaCompiler::SchemaCompiler(const SchemaOptions& options, SchemaProgram& program)
    : options_(options), program_(program), documents_(options, program) {}

const SchemaNode& SchemaCompiler::compile(const Json& document) {
  root_ = &documents_.open(document);
  const auto& node = node_of(*root_, {});
  // Not by recursion: schemas may refer to each other in chains of any length.
  for (compile_dynamic_anchors(); !pending_.empty(); compile_dynamic_anchors()) {
    const auto next = pending_.back();
    pending_.pop_back();
    fill(*next.place, *next.node);
  }
  return node;
}

void SchemaCompiler::compile_dynamic_anchors() {
  for (const auto& [resource, name] : documents_.take_dynamic_anchors()) {
    const auto& place = *documents_.find(*resource->anchors.find(name)->second);
    resource->compiled->emplace(name, &node_of(place, "$dynamicRef"));
  }
}

SchemaNode& SchemaCompiler::node_of(const SchemaPlace& place, std::string_view applied_by) {
  auto& node = nodes_[place.value];
  if (node == nullptr) {
    node = &program_.nodes.emplace_back();
    node->location = place.location;
    node->applied_by = applied_by;
    node->resource = place.resource->compiled;
    pending_.push_back({&place, node});
  }
  return *node;
}

void SchemaCompiler::fill(const SchemaPlace& place, SchemaNode& node) {
  const auto& schema = *place.value;
  const auto& dialect = *place.resource->language.dialect;
  const bool has_booleans = dialect.id != "id" && !dialect.id.empty();
  if (schema.is_boolean() && (has_booleans || node.applied_by.starts_with("additional"))) {
    node.is_false = !schema.get<bool>();
    return;
  }
  if (!schema.is_object()) {
    throw Error(Exit::usage, fmt::format("{}: {}: {} is not a schema", options_.title,
                                         place.location, shown(schema)));
  }
  const auto reference = schema.find("$ref");
  if (dialect.reference_hides_siblings && reference != schema.end() && reference->is_string()) {
    add_rule(place, "$ref", node);
    return;
  }
  for (auto member = schema.begin(); member != schema.end(); ++member) {
    add_rule(place, member.key(), node);
  }
  std::stable_partition(node.rules.begin(), node.rules.end(),
                        [](const Rule& rule) { return !rule.is_last; });
}

void SchemaCompiler::add_rule(const SchemaPlace& place, const std::string& name, SchemaNode& node) {
  const auto* const keyword = find_keyword(place.resource->language, name);
  if (keyword == nullptr || keyword->compile == nullptr) {
    return;
  }
  auto check = keyword->compile(KeywordSite(*this, place, keyword->name, place.value->at(name)));
  if (check) {
    node.rules.push_back({keyword->name, keyword->types, keyword->is_last, std::move(check)});
    node.needs_marks = node.needs_marks || keyword->is_last;
  }
}

std::shared_ptr<const Pattern> SchemaCompiler::pattern(const std::string& text) {
  auto& known = patterns_[text];
  if (known == nullptr) {
    known = std::make_shared<const Pattern>(text);
  }
  return known;
}

bool SchemaCompiler::holds_within(const Json& schema, const Test& test, int& steps) {
  const auto* const place = documents_.find(schema);
  if (place == nullptr || --steps < 0 || !schema.is_object()) {
    return false;
  }
  if (const auto* const reference = member_of(schema, "$ref");
      reference != nullptr && reference->is_string()) {
    const auto where = fmt::format("{}: {}/$ref", options_.title, place->location);
    const auto& target =
        documents_.resolve(*place->resource, reference->get_ref<const std::string&>(), where);
    return holds_within(*target.value, test, steps);
  }
  const auto* const all = member_of(schema, "allOf");
  return test(*place) ||
         (all != nullptr && all->is_array() && std::ranges::any_of(*all, [&](const Json& each) {
            return holds_within(each, test, steps);
          }));
}

const Json* KeywordSite::sibling(std::string_view name) const {
  return member_of(*place_.value, name);
}

const SchemaNode& KeywordSite::node_at(const Json& value, std::string_view keyword) const {
  const auto* const place = compiler_.documents_.find(value);
  if (place == nullptr) {
    refuse(fmt::format("{} is not a schema", shown(value)));
  }
  return compiler_.node_of(*place, keyword);
}

const SchemaNode& KeywordSite::schema() const { return node_at(value_, name_); }

const SchemaNode& KeywordSite::schema_in(const Json& value, std::string_view step) const {
  if (compiler_.documents_.find(value) == nullptr) {
    refuse(fmt::format("at {}: {} is not a schema", in_quotes(step), shown(value)));
  }
  return node_at(value, name_);
}

const SchemaNode* KeywordSite::sibling_schema(std::string_view name) const {
  const auto* const value = sibling(name);
  const auto* const keyword = find_keyword(place_.resource->language, name);
  return value == nullptr || keyword == nullptr ? nullptr : &node_at(*value, keyword->name);
}

std::vector<const SchemaNode*> KeywordSite::schemas() const {
  std::vector<const SchemaNode*> nodes;
  for (std::size_t i = 0; i < array().size(); ++i) {
    nodes.push_back(&schema_in(value_[i], std::to_string(i)));
  }
  if (nodes.empty()) {
    refuse("there is no schema in it");
  }
  return nodes;
}

const SchemaNode& KeywordSite::reference() const {
  const auto where = fmt::format("{}: {}", compiler_.options_.title, location());
  return compiler_.node_of(compiler_.documents_.resolve(*place_.resource, text(), where), name_);
}

std::string KeywordSite::dynamic_anchor() const {
  const auto fragment = split_uri(text()).fragment;
  const auto where = fmt::format("{}: {}", compiler_.options_.title, location());
  const auto& target = compiler_.documents_.resolve(*place_.resource, text(), where);
  return fragment && target.resource->dynamic_anchors.contains(*fragment) ? std::string(*fragment)
                                                                          : std::string();
}

std::size_t KeywordSite::count_of(const Json& value) const {
  if (!is_integer(value) || compare_numbers(value, 0) < 0) {
    refuse(fmt::format("{} is not a count: an integer from 0", shown(value)));
  }
  constexpr double kMost = 1e18;
  return value.is_number_float() ? static_cast<std::size_t>(std::min(value.get<double>(), kMost))
                                 : value.get<std::size_t>();
}

const Json& KeywordSite::number() const {
  if (!value_.is_number()) {
    refuse(fmt::format("{} is not a number", shown(value_)));
  }
  return value_;
}

bool KeywordSite::flag() const {
  if (!value_.is_boolean()) {
    refuse(fmt::format("{} is not a boolean", shown(value_)));
  }
  return value_.get<bool>();
}

const std::string& KeywordSite::text() const {
  if (!value_.is_string()) {
    refuse(fmt::format("{} is not a string", shown(value_)));
  }
  return value_.get_ref<const std::string&>();
}

const Json& KeywordSite::object() const {
  if (!value_.is_object()) {
    refuse(fmt::format("{} is not an object", shown(value_)));
  }
  return value_;
}

const Json& KeywordSite::array() const {
  if (!value_.is_array()) {
    refuse(fmt::format("{} is not an array", shown(value_)));
  }
  return value_;
}

std::vector<std::string> KeywordSite::texts(const Json& value) const {
  const auto is_text = [](const Json& item) { return item.is_string(); };
  if (!value.is_array() || !std::ranges::all_of(value, is_text)) {
    refuse(fmt::format("{} is not an array of strings", shown(value)));
  }
  return value.get<std::vector<std::string>>();
}

std::shared_ptr<const Pattern> KeywordSite::pattern(const std::string& text) const {
  try {
    return compiler_.pattern(text);
  } catch (const Error& error) {
    throw Error(error.reason(),
                fmt::format("{}: {}: {}", compiler_.options_.title, location(), error.what()),
                error.hint());
  }
}

bool KeywordSite::asserts_formats() const {
  return compiler_.options_.asserts_formats ||
         (place_.resource->language.vocabularies & kFormatAssertion) != 0;
}

std::string_view KeywordSite::exclusion(std::string_view member) const {
  const auto use = compiler_.options_.use;
  if (use == SchemaUse::any ||
      place_.resource->language.dialect->value != SchemaDialect::openapi_3_0) {
    return {};
  }
  constexpr int kMostSteps = 200;  // to other schemas
  const std::string_view flag = use == SchemaUse::request ? "readOnly" : "writeOnly";
  const auto has_flag = [flag](const SchemaPlace& property) {
    const auto* const value = member_of(*property.value, flag);
    return value != nullptr && value->is_boolean() && value->get<bool>();
  };
  const auto has_excluded_member = [&](const SchemaPlace& schema) {
    const auto* const properties = member_of(*schema.value, "properties");
    const auto* const property = properties == nullptr ? nullptr : member_of(*properties, member);
    int steps = kMostSteps;
    return property != nullptr && compiler_.holds_within(*property, has_flag, steps);
  };
  int steps = kMostSteps;
  const bool is_excluded = compiler_.holds_within(*place_.value, has_excluded_member, steps);
  return is_excluded ? flag : std::string_view();
}

void KeywordSite::refuse(std::string_view message) const {
  throw Error(Exit::usage,
              fmt::format("{}: {}: {}", compiler_.options_.title, location(), message));
}

std::string KeywordSite::location() const {
  auto location = place_.location;
  append_pointer_step(location, name_);
  return location;
}

}  // namespace mscomm
