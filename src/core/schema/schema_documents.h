#pragma once

#include <deque>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/schema/dialect.h"

namespace mscomm {

/// A schema with a URI of its own, and everything in it (2020-12 core section 4.3.5).
struct SchemaResource {
  std::string uri;  ///< without a fragment
  const nlohmann::ordered_json* root;
  SchemaLanguage language;
  std::map<std::string, const nlohmann::ordered_json*, std::less<>> anchors;
  std::set<std::string, std::less<>> dynamic_anchors;  ///< the dynamic ones among them
  DynamicAnchors* compiled;
};

/// A schema and its place.
struct SchemaPlace {
  const nlohmann::ordered_json* value;
  SchemaResource* resource;
  std::string location;                           ///< as in SchemaNode
  const nlohmann::ordered_json* owner = nullptr;  ///< the schema whose allOf it stands in
};

/// The documents of a schema; resolves references in them.
class SchemaDocuments {
 public:
  using Json = nlohmann::ordered_json;

  /// `program` receives a set of dynamic anchors for each resource.
  SchemaDocuments(const SchemaOptions& options, SchemaProgram& program);

  /// Adds the first document, which must outlive this object, and returns the schema at
  /// `options.at`. Throws Error{usage} for an unknown dialect, and when `options.at` does not
  /// exist.
  const SchemaPlace& open(const Json& document);

  /// Resolves `reference` from a resource. Throws Error{usage} that begins with `where` when there
  /// is no target.
  const SchemaPlace& resolve(const SchemaResource& from, std::string_view reference,
                             const std::string& where);

  /// The place of this schema if it is known already, else nullptr.
  [[nodiscard]] const SchemaPlace* find(const Json& value) const;

  /// The dynamic anchors found since the last call.
  std::vector<std::pair<SchemaResource*, std::string>> take_dynamic_anchors();

 private:
  SchemaResource& add_document(const std::string& uri, const Json& root, const std::string& shown,
                               SchemaLanguage fallback);
  SchemaResource& add_resource(std::string uri, const Json& root, SchemaLanguage language);
  SchemaResource& find_resource(const std::string& uri, const std::string& where);
  void index(const Json& value, SchemaResource& resource, std::string location);
  SchemaResource& resource_at(const Json& schema, SchemaResource& outer);
  void add_subschemas(const SchemaPlace& place, std::vector<SchemaPlace>& found);
  void add_anchors(const Json& schema, SchemaResource& resource);
  const SchemaPlace& locate(SchemaResource& resource, std::string_view pointer,
                            const std::string& where);
  // Finds all schemas with names in a larger document.
  void find_named_schemas();
  SchemaLanguage language_at(const std::string& uri, int levels);

  const SchemaOptions& options_;
  SchemaProgram& program_;
  std::vector<std::shared_ptr<const Json>> loaded_;
  bool has_found_names_ = false;
  std::deque<SchemaResource> resources_;
  std::map<std::string, SchemaResource*, std::less<>> by_uri_;
  std::unordered_map<const Json*, SchemaPlace> places_;
  std::vector<std::pair<SchemaResource*, std::string>> dynamic_anchors_;
};

/// The deepest nesting of a schema.
inline constexpr std::size_t kMostSchemaDepth = 500;

}  // namespace mscomm
