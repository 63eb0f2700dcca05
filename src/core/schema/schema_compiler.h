#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/schema/dialect.h"
#include "core/schema/pattern.h"
#include "core/schema/schema_documents.h"
#include "core/schema/schema_graph.h"
#include "core/schema/schema_node.h"

namespace mscomm {

/// Compiles a schema and the schemas that it refers to, each once.
class SchemaCompiler {
 public:
  using Json = nlohmann::ordered_json;

  SchemaCompiler(const SchemaOptions& options, SchemaProgram& program);

  /// Compiles the schema at `options.at` of `document` and everything that it refers to.
  const SchemaNode& compile(const Json& document);

  /// Throws Error{usage} when one of the compiled schemas refers to itself without end.
  void refuse_endless();

  /// The language of the compiled schema.
  [[nodiscard]] const SchemaLanguage& language() const { return root_->resource->language; }
  /// The compiled schema's JSON.
  [[nodiscard]] const Json& schema() const { return *root_->value; }

 private:
  friend class KeywordSite;

  struct Pending {
    const SchemaPlace* place;
    SchemaNode* node;
  };

  SchemaNode& node_of(const SchemaPlace& place, std::string_view applied_by);
  void fill(const SchemaPlace& place, SchemaNode& node);
  void add_rule(const SchemaPlace& place, const std::string& name, SchemaNode& node);
  void compile_dynamic_anchors();
  // A schema and those that must hold with it: its allOf and the targets of references there, up to
  // a limit.
  std::vector<const SchemaPlace*> together_with(const Json& schema);
  // The keyword that excludes a property by SchemaOptions::use: readOnly or writeOnly.
  [[nodiscard]] std::string_view excluding_keyword() const;
  bool is_excluded(const Json& property);
  // The names of a schema's own excluded properties, collected once.
  const std::unordered_set<std::string>& excluded_properties(const SchemaPlace& place);
  std::shared_ptr<const Pattern> pattern(const std::string& text);

  const SchemaOptions& options_;
  SchemaProgram& program_;
  SchemaDocuments documents_;
  SchemaGraph graph_;
  const SchemaPlace* root_ = nullptr;
  std::unordered_map<const Json*, SchemaNode*> nodes_;
  std::vector<Pending> pending_;
  std::map<std::string, std::shared_ptr<const Pattern>> patterns_;
  std::unordered_map<const Json*, std::unordered_set<std::string>> excluded_properties_;
};

/// A keyword in a schema, as seen by the functions that compile keywords. A missing or wrong value
/// is an Error{usage} with the keyword's place.
class KeywordSite {
 public:
  using Json = nlohmann::ordered_json;

  KeywordSite(SchemaCompiler& compiler, const SchemaPlace& place, const SchemaNode& node,
              std::string_view name);

  [[nodiscard]] const Json& value() const { return value_; }
  /// Another keyword of the same schema; nullptr when it is absent.
  [[nodiscard]] const Json* sibling(std::string_view name) const;

  /// The schema at the keyword, or one step below it.
  [[nodiscard]] const SchemaNode& schema() const;
  [[nodiscard]] const SchemaNode& schema_in(const Json& value, std::string_view step) const;
  /// The schema at another keyword; nullptr when there is none.
  [[nodiscard]] const SchemaNode* sibling_schema(std::string_view name) const;
  /// The schemas in the keyword's array.
  [[nodiscard]] std::vector<const SchemaNode*> schemas() const;

  /// The schema that the keyword's value refers to.
  [[nodiscard]] const SchemaNode& reference() const;
  /// The name of the $dynamicAnchor that is referred to; else empty.
  [[nodiscard]] std::string dynamic_anchor() const;

  [[nodiscard]] std::size_t count() const { return count_of(value_); }
  [[nodiscard]] std::size_t count_of(const Json& value) const;
  [[nodiscard]] const Json& number() const;
  [[nodiscard]] bool flag() const;
  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] const Json& object() const;
  [[nodiscard]] const Json& array() const;
  [[nodiscard]] std::vector<std::string> texts(const Json& value) const;
  [[nodiscard]] std::shared_ptr<const Pattern> pattern(const std::string& text) const;

  [[nodiscard]] bool asserts_formats() const;

  /// The keyword (readOnly, writeOnly) that forbids a member with this schema for
  /// SchemaOptions::use; empty when it is allowed.
  [[nodiscard]] std::string_view exclusion(const Json& property) const;
  /// The names without excluded properties. A property may be excluded by this schema, its allOf,
  /// their references, or a schema that has this one in its allOf.
  [[nodiscard]] std::vector<std::string> without_excluded(std::vector<std::string> names) const;

  /// Throws Error{usage}: "schema.json: #/type: 5 is not a string".
  [[noreturn]] void refuse(std::string_view message) const;

 private:
  [[nodiscard]] std::string location() const;
  [[nodiscard]] bool excludes() const;
  [[nodiscard]] const SchemaNode& node_at(const Json& value, std::string_view keyword) const;
  // The node of a schema that a keyword of this one applies.
  [[nodiscard]] const SchemaNode& applied(const SchemaPlace& place, std::string_view keyword,
                                          std::string anchor = {}) const;

  SchemaCompiler& compiler_;
  const SchemaPlace& place_;
  const SchemaNode& node_;
  std::string_view name_;
  const Json& value_;
};

}  // namespace mscomm
