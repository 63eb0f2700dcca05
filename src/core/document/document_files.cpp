#include "core/document/document_files.h"

#include <fmt/format.h>

#include <filesystem>

#include "core/document/document_loader.h"
#include "core/runtime/error.h"
#include "core/runtime/uri.h"

namespace mscomm {
namespace {

constexpr std::string_view kFileScheme = "file://";

std::string path_of(const std::string& uri) {
  return percent_decoded(std::string_view(uri).substr(kFileScheme.size()));
}

// A description from elsewhere must not make the program wait for a pipe or read an endless device.
void refuse_special_file(const std::string& uri) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path_of(uri), ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw Error(Exit::usage, fmt::format("'{}' is not a regular file", shown_uri(uri)),
                "references are followed to regular files");
  }
}

}  // namespace

std::shared_ptr<const Document> DocumentFiles::open(const std::string& uri) {
  const std::lock_guard lock(mutex_);
  auto& document = documents_[uri];
  if (document == nullptr) {
    const auto path = path_of(uri);
    const auto text = read_(path);
    document = std::make_shared<const Document>(
        load_document(text, shown_uri(uri), kind_of_document(path, text)));
  }
  return document;
}

std::shared_ptr<const Document> DocumentFiles::find(const std::string& uri) {
  if (!uri.starts_with(kFileScheme)) {
    return nullptr;
  }
  if (!is_open(uri)) {
    refuse_special_file(uri);
  }
  return open(uri);
}

bool DocumentFiles::is_open(const std::string& uri) {
  const std::lock_guard lock(mutex_);
  const auto known = documents_.find(uri);
  return known != documents_.end() && known->second != nullptr;
}

std::string file_uri(const std::string& path) {
  std::string uri(kFileScheme);
  for (const char c : std::filesystem::absolute(path).lexically_normal().string()) {
    if (c == '%' || c == '#' || c == '?') {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return uri;
}

std::string shown_uri(const std::string& uri) {
  if (!uri.starts_with(kFileScheme)) {
    return uri;
  }
  auto path = path_of(uri);
  auto relative =
      std::filesystem::path(path).lexically_relative(std::filesystem::current_path()).string();
  return relative.empty() || relative.size() > path.size() ? path : relative;
}

}  // namespace mscomm
