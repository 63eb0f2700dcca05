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

/// A document, and how messages speak of it.
struct DocumentFile {
  std::string uri;     ///< what its references relate to
  std::string title;   ///< its path
  std::string prefix;  ///< of places in it: empty in the file that was named, else the title
  std::shared_ptr<const Document> document;
};

/// A value in a document, with the place where it stands. It lives as long as its DocumentFile.
class DocumentNode {
 public:
  using Json = nlohmann::ordered_json;

  explicit DocumentNode(const DocumentFile& file) : value_(&file.document->root()), file_(&file) {}

  [[nodiscard]] const Json& value() const { return *value_; }
  [[nodiscard]] const DocumentFile& file() const { return *file_; }
  [[nodiscard]] const std::string& pointer() const { return pointer_; }
  /// "#/paths/~1pets/get", after the file's path in other files than the first.
  [[nodiscard]] std::string place() const { return file_->prefix + '#' + pointer_; }
  [[nodiscard]] TextPlace text_place() const { return file_->document->place(pointer_); }
  /// "suite.yaml:12:5"
  [[nodiscard]] std::string at() const;

  /// The member of an object; nothing when there is none, or no object.
  [[nodiscard]] std::optional<DocumentNode> find(std::string_view name) const;
  /// The members of an object and the items of an array; none of other values.
  [[nodiscard]] std::vector<DocumentNode> children() const;
  /// Where one step of a JSON Pointer leads, to a member or an item; nothing when nothing is there.
  [[nodiscard]] std::optional<DocumentNode> step(const std::string& name) const;
  /// The last step of the pointer to it, unescaped.
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Members with a default. Throw Error{usage} for another type.
  [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise = {}) const;
  [[nodiscard]] bool flag(std::string_view name, bool otherwise = false) const;
  /// Throws Error{usage} unless it is an object.
  const DocumentNode& require_object() const;

  /// Throws Error{usage}: "api.yaml: #/paths/~1pets: what".
  [[noreturn]] void refuse(std::string_view message, std::string hint = {}) const;

 private:
  [[nodiscard]] DocumentNode inner(const Json& value, std::string name) const;

  const Json* value_;
  const DocumentFile* file_;
  std::string pointer_;
  std::string name_;
};

/// A document with `$ref`s (OpenAPI, AsyncAPI): one file, and those that its references lead to,
/// which are read when they are needed. For one thread; files are shared through DocumentFiles.
class LinkedDocument {
 public:
  /// Throws what DocumentFiles::open() throws.
  LinkedDocument(const std::string& path, std::shared_ptr<DocumentFiles> files);

  [[nodiscard]] DocumentNode root() const { return DocumentNode(opened_.front()); }

  /// Where the `$ref`s of a node lead to in the end; the node itself when it has none. Throws
  /// Error{usage} when they lead nowhere, to a network, or in a circle.
  DocumentNode follow(DocumentNode node);
  /// The same, and nothing for a `$ref` that does not lead by places to a value: to an anchor, say.
  std::optional<DocumentNode> try_follow(const DocumentNode& node);
  /// A node, and what its `$ref` leads to: a path item may have both.
  std::vector<DocumentNode> with_reference(const DocumentNode& node);

 protected:
  [[nodiscard]] const std::shared_ptr<DocumentFiles>& files() const { return files_; }

 private:
  const DocumentFile& file(const std::string& uri, const DocumentNode& reference);
  std::optional<DocumentNode> target(const DocumentNode& node);

  std::shared_ptr<DocumentFiles> files_;
  std::deque<DocumentFile> opened_;  // the one that was named first
};

}  // namespace mscomm
