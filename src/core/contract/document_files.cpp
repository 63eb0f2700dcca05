#include "core/contract/document_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/contract/yaml.h"
#include "core/output/json_text.h"
#include "core/runtime/error.h"
#include "core/runtime/uri.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFileScheme = "file://";

// A file's name says what it is, or else its first character.
bool looks_like_json(const std::string& path, std::string_view text) {
  const auto extension = std::filesystem::path(path).extension();
  if (extension == ".json" || extension == ".yaml" || extension == ".yml") {
    return extension == ".json";
  }
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

Json parse_document(const std::string& text, const std::string& path, const std::string& title) {
  if (!looks_like_json(path, text)) {
    return parse_yaml(text, title);
  }
  auto document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) {
    throw Error(Exit::usage, fmt::format("'{}' is not JSON: {}", title, json_error(text)));
  }
  return document;
}

}  // namespace

DocumentFiles::Document DocumentFiles::find(const std::string& uri) {
  if (!uri.starts_with(kFileScheme)) {
    return nullptr;
  }
  const std::lock_guard lock(mutex_);
  auto& document = documents_[uri];
  if (document == nullptr) {
    const auto path = percent_decoded(std::string_view(uri).substr(kFileScheme.size()));
    document = std::make_shared<const Json>(parse_document(read_(path), path, shown_uri(uri)));
  }
  return document;
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
  auto path = percent_decoded(std::string_view(uri).substr(kFileScheme.size()));
  auto relative =
      std::filesystem::path(path).lexically_relative(std::filesystem::current_path()).string();
  return relative.empty() || relative.size() > path.size() ? path : relative;
}

}  // namespace mscomm
