#include "core/schema/schema_compiler.h"

#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/document/json_pointer.h"
#include "core/document/json_value.h"
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
  // Iterative, because chains of references between schemas may have any length.
  for (compile_dynamic_anchors(); !pending_.empty(); compile_dynamic_anchors()) {
    const auto next = pending_.back();
    pending_.pop_back();
    fill(*next.place, *next.node);
  }
  return node;
}

void SchemaCompiler::refuse_endless() {
  graph_.refuse_endless(*nodes_.at(root_->value), options_.title);
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
  auto check = keyword->compile(KeywordSite(*this, place, node, keyword->name));
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

std::vector<const SchemaPlace*> SchemaCompiler::together_with(const Json& schema) {
  constexpr int kMostSchemas = 200;
  std::vector<const SchemaPlace*> places;
  std::vector<const Json*> open{&schema};
  for (int i = 0; i < kMostSchemas && !open.empty(); ++i) {
    const auto* const place = documents_.find(*open.back());
    open.pop_back();
    if (place == nullptr) {
      continue;
    }
    if (const auto* const reference = member_of(*place->value, "$ref");
        reference != nullptr && reference->is_string()) {
      const auto where = fmt::format("{}: {}/$ref", options_.title, place->location);
      open.push_back(
          documents_.resolve(*place->resource, reference->get_ref<const std::string&>(), where)
              .value);
      continue;  // keywords beside it are ignored
    }
    places.push_back(place);
    if (const auto* const all = member_of(*place->value, "allOf");
        all != nullptr && all->is_array()) {
      for (const auto& each : *all) {
        open.push_back(&each);
      }
    }
  }
  return places;
}

std::string_view SchemaCompiler::excluding_keyword() const {
  return options_.use == SchemaUse::request ? "readOnly" : "writeOnly";
}

bool SchemaCompiler::is_excluded(const Json& property) {
  return std::ranges::any_of(together_with(property), [this](const SchemaPlace* place) {
    const auto* const flag = member_of(*place->value, excluding_keyword());
    return flag != nullptr && *flag == Json(true);
  });
}

const std::unordered_set<std::string>& SchemaCompiler::excluded_properties(
    const SchemaPlace& place) {
  const auto [known, is_new] = excluded_properties_.try_emplace(place.value);
  const auto* const properties = member_of(*place.value, "properties");
  if (is_new && properties != nullptr && properties->is_object()) {
    for (auto member = properties->begin(); member != properties->end(); ++member) {
      if (is_excluded(*member)) {
        known->second.insert(member.key());
      }
    }
  }
  return known->second;
}

KeywordSite::KeywordSite(SchemaCompiler& compiler, const SchemaPlace& place, const SchemaNode& node,
                         std::string_view name)
    : compiler_(compiler), place_(place), node_(node), name_(name), value_(place.value->at(name)) {}

const Json* KeywordSite::sibling(std::string_view name) const {
  return member_of(*place_.value, name);
}

const SchemaNode& KeywordSite::node_at(const Json& value, std::string_view keyword) const {
  const auto* const place = compiler_.documents_.find(value);
  if (place == nullptr) {
    refuse(fmt::format("{} is not a schema", shown(value)));
  }
  return applied(*place, keyword);
}

const SchemaNode& KeywordSite::applied(const SchemaPlace& place, std::string_view keyword,
                                       std::string anchor) const {
  const auto& node = compiler_.node_of(place, keyword);
  compiler_.graph_.add(node_, node, keyword, std::move(anchor));
  return node;
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
  return applied(compiler_.documents_.resolve(*place_.resource, text(), where), name_,
                 name_ == "$dynamicRef" ? dynamic_anchor() : std::string());
}

std::string KeywordSite::dynamic_anchor() const {
  const auto fragment = split_uri(text()).fragment;
  const auto where = fmt::format("{}: {}", compiler_.options_.title, location());
  const auto& target = compiler_.documents_.resolve(*place_.resource, text(), where);
  return fragment && target.resource->dynamic_anchors.contains(*fragment) ? std::string(*fragment)
                                                                          : std::string();
}

std::size_t KeywordSite::count_of(const Json& value) const {
  if (!is_integer(value) || std::is_lt(compare_numbers(value, 0))) {
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
  } catch (Error& error) {
    error.add_context(location()).add_context(compiler_.options_.title);
    throw;
  }
}

bool KeywordSite::asserts_formats() const {
  return compiler_.options_.asserts_formats ||
         (place_.resource->language.vocabularies & kFormatAssertion) != 0;
}

bool KeywordSite::excludes() const {
  return compiler_.options_.use != SchemaUse::any &&
         place_.resource->language.dialect->value == SchemaDialect::openapi_3_0;
}

std::string_view KeywordSite::exclusion(const Json& property) const {
  return excludes() && compiler_.is_excluded(property) ? compiler_.excluding_keyword()
                                                       : std::string_view();
}

std::vector<std::string> KeywordSite::without_excluded(std::vector<std::string> names) const {
  if (!excludes()) {
    return names;
  }
  const auto* outermost = &place_;
  while (outermost->owner != nullptr) {
    outermost = compiler_.documents_.find(*outermost->owner);
  }
  for (const auto* const schema : compiler_.together_with(*outermost->value)) {
    const auto& excluded = compiler_.excluded_properties(*schema);
    std::erase_if(names, [&](const auto& name) { return excluded.contains(name); });
  }
  return names;
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
