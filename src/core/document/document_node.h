#pragma once

#include <deque>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/document/document_files.h"

namespace mscomm {

/// A document, and its names in messages.
struct DocumentFile {
  std::string uri;     ///< the base of its references
  std::string title;   ///< its path
  std::string prefix;  ///< of places in it: empty for the file that was named, otherwise the title
  std::shared_ptr<const Document> document;
};

/// A value in a document, with its place. It is valid as long as its DocumentFile.
class DocumentNode {
 public:
  using Json = nlohmann::ordered_json;

  explicit DocumentNode(const DocumentFile& file) : value_(&file.document->root()), file_(&file) {}

  [[nodiscard]] const Json& value() const { return *value_; }
  [[nodiscard]] const DocumentFile& file() const { return *file_; }
  [[nodiscard]] const std::string& pointer() const { return pointer_; }
  /// "#/paths/~1pets/get"; in files other than the first, after the file's path.
  [[nodiscard]] std::string place() const { return file_->prefix + '#' + pointer_; }
  [[nodiscard]] TextPlace text_place() const { return file_->document->place(pointer_); }
  /// "suite.yaml:12:5"
  [[nodiscard]] std::string at() const;

  /// The member of an object; nothing if there is none or this is not an object.
  [[nodiscard]] std::optional<DocumentNode> find(std::string_view name) const;
  /// The members of an object or the items of an array; empty for other values.
  [[nodiscard]] std::vector<DocumentNode> children() const;
  /// The member or item for one step of a JSON Pointer; nothing if there is none.
  [[nodiscard]] std::optional<DocumentNode> step(const std::string& name) const;
  /// The last step of the pointer to it, unescaped.
  [[nodiscard]] const std::string& name() const { return name_; }

  /// The value of a member, or the default if it is missing. Throw Error{usage} for another type.
  [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise = {}) const;
  [[nodiscard]] bool flag(std::string_view name, bool otherwise = false) const;
  /// Throws Error{usage} unless it is an object.
  const DocumentNode& require_object() const;
  /// Throws Error{usage} unless it is an array, or null as in YAML where nothing is written.
  const DocumentNode& require_list() const;

  /// Throws Error{usage}: "api.yaml: #/paths/~1pets: what".
  [[noreturn]] void refuse(std::string_view message, std::string hint = {}) const;

 private:
  [[nodiscard]] DocumentNode inner(const Json& value, std::string name) const;

  const Json* value_;
  const DocumentFile* file_;
  std::string pointer_;
  std::string name_;
};

/// A document with `$ref`s, such as an OpenAPI description: one file, and the files that it refers
/// to, which are read on demand. For one thread; files are shared through DocumentFiles.
class LinkedDocument {
 public:
  /// Throws as DocumentFiles::open().
  LinkedDocument(const std::string& path, std::shared_ptr<DocumentFiles> files);

  [[nodiscard]] DocumentNode root() const { return DocumentNode(opened_.front()); }

  /// The node at the end of a chain of `$ref`s; the node itself when it has none. Throws
  /// Error{usage} when they lead nowhere, to a network, or in a circle.
  DocumentNode follow(const DocumentNode& node);
  /// As follow(), but nothing where that throws, for example for a `$ref` to an anchor.
  std::optional<DocumentNode> try_follow(const DocumentNode& node);
  /// As follow(), with all nodes of the chain, the node itself first: a path item may have members
  /// besides its `$ref`.
  std::vector<DocumentNode> with_references(const DocumentNode& node);

 protected:
  [[nodiscard]] const std::shared_ptr<DocumentFiles>& files() const { return files_; }

 private:
  const DocumentFile& file(const std::string& uri, const DocumentNode& reference);
  std::optional<DocumentNode> target(const DocumentNode& node);

  std::shared_ptr<DocumentFiles> files_;
  std::deque<DocumentFile> opened_;  // the file that was named comes first
};

}  // namespace mscomm
