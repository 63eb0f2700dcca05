#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "core/document/document.h"
#include "core/runtime/files.h"

namespace mscomm {

/// Files of JSON, YAML or TOML, each read once. Thread-safe.
class DocumentFiles {
 public:
  /// The content of a file; throws Error{io}.
  using Reader = std::function<std::string(const std::string& path)>;

  explicit DocumentFiles(Reader read = read_file) : read_(std::move(read)) {}

  /// The document at a `file` URI. Throws Error{io} when it cannot be read and Error{usage}, with
  /// line and column, when it is not JSON, YAML or TOML.
  std::shared_ptr<const Document> open(const std::string& uri);
  /// As open(), for a reference. Null for other URIs, since nothing is fetched from a network.
  /// Throws Error{usage} for a device, a pipe or a folder.
  std::shared_ptr<const Document> find(const std::string& uri);

 private:
  bool is_open(const std::string& uri);

  Reader read_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Document>> documents_;
};

/// The absolute URI of a file (RFC 8089).
std::string file_uri(const std::string& path);

/// A `file` URI as a path for a message, relative when that is shorter; other URIs unchanged.
std::string shown_uri(const std::string& uri);

}  // namespace mscomm
