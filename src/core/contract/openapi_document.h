#pragma once

#include <deque>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/document/document_files.h"
#include "core/schema/json_schema.h"

namespace mscomm {

/// One file of an OpenAPI description.
struct ApiFile {
  std::string uri;
  std::string title;   ///< for messages: its path
  std::string prefix;  ///< of places in it: empty in the file that was named, else the title
  DocumentFiles::Document root;
};

/// A value in an OpenAPI description, with the place where it stands. It lives as long as the
/// ApiDocument that it comes from.
class ApiNode {
 public:
  using Json = nlohmann::ordered_json;

  explicit ApiNode(const ApiFile& file) : value_(file.root.get()), file_(&file) {}

  [[nodiscard]] const Json& value() const { return *value_; }
  [[nodiscard]] const ApiFile& file() const { return *file_; }
  [[nodiscard]] const std::string& pointer() const { return pointer_; }
  /// "#/paths/~1pets/get", after the file's path in other files than the first.
  [[nodiscard]] std::string place() const { return file_->prefix + '#' + pointer_; }

  /// The member of an object; nothing when there is none, or no object.
  [[nodiscard]] std::optional<ApiNode> find(std::string_view name) const;
  /// The members of an object and the items of an array; none of other values.
  [[nodiscard]] std::vector<ApiNode> children() const;
  /// The last step of the pointer to it, unescaped.
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Members with a default. Throw Error{usage} for another type.
  [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise = {}) const;
  [[nodiscard]] bool flag(std::string_view name, bool otherwise = false) const;
  /// Throws Error{usage} unless it is an object.
  const ApiNode& require_object() const;

  /// Throws Error{usage}: "api.yaml: #/paths/~1pets: what".
  [[noreturn]] void refuse(std::string_view message) const;

 private:
  friend class ApiDocument;

  [[nodiscard]] ApiNode step(const Json& value, std::string name) const;

  const Json* value_;
  const ApiFile* file_;
  std::string pointer_;
  std::string name_;
};

/// An OpenAPI description (3.0 or 3.1): one file, and those that its references lead to, which are
/// read when they are needed.
class ApiDocument {
 public:
  /// Throws Error{usage} when it is not OpenAPI 3.0 or 3.1, and what DocumentFiles::open() throws.
  ApiDocument(const std::string& path, std::shared_ptr<DocumentFiles> files, std::size_t max_steps);

  [[nodiscard]] ApiNode root() const { return ApiNode(files_by_uri_.front()); }
  [[nodiscard]] bool is_3_0() const { return is_3_0_; }

  /// Where the `$ref`s of a node lead to in the end; the node itself when it has none. Throws
  /// Error{usage} when they lead nowhere, to a network, or in a circle.
  ApiNode follow(ApiNode node);
  /// The same, and nothing for a `$ref` that does not lead by places to a value: to an anchor, say.
  std::optional<ApiNode> try_follow(const ApiNode& node);
  /// A node, and what its `$ref` leads to: a path item may have both.
  std::vector<ApiNode> with_reference(const ApiNode& node);

  /// The schema that stands at a node, compiled once. Throws what JsonSchema::compile() throws.
  std::shared_ptr<const JsonSchema> schema(const ApiNode& node, SchemaUse use);

 private:
  const ApiFile& file(const std::string& uri, const ApiNode& reference);
  std::optional<ApiNode> target(const ApiNode& node);

  std::shared_ptr<DocumentFiles> files_;
  std::deque<ApiFile> files_by_uri_;
  std::map<std::pair<const nlohmann::ordered_json*, SchemaUse>, std::shared_ptr<const JsonSchema>>
      schemas_;
  std::size_t max_steps_;
  bool is_3_0_ = false;
  SchemaDialect dialect_ = SchemaDialect::draft_2020_12;
};

}  // namespace mscomm
