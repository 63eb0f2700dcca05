#include "core/document/document_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/document/json_parser.h"
#include "core/document/yaml.h"
#include "core/runtime/error.h"
#include "core/runtime/uri.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFileScheme = "file://";

bool begins_as_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

Json parsed_json(const std::string& text, const std::string& title) {
  JsonMistake mistake;
  auto document = parse_json(text, mistake, RepeatedNames::refuse);
  if (!document) {
    throw Error(Exit::usage, fmt::format("'{}' {}{}{}", title, mistake.problem,
                                         mistake.location.empty() ? "" : ": ", mistake.location));
  }
  return std::move(*document);
}

// A file's name says what it is, or else its first character.
Json parse_document(const std::string& text, const std::string& path, const std::string& title) {
  const auto extension = std::filesystem::path(path).extension();
  const bool is_yaml = extension == ".yaml" || extension == ".yml";
  if (extension == ".json" || (!is_yaml && begins_as_json(text))) {
    return parsed_json(text, title);
  }
  // libyaml refuses some JSON: surrogates of a pair as escapes.
  JsonMistake mistake;
  auto json = begins_as_json(text) ? parse_json(text, mistake, RepeatedNames::refuse)
                                   : std::optional<Json>();
  return json ? std::move(*json) : parse_yaml(text, title);
}

std::string path_of(const std::string& uri) {
  return percent_decoded(std::string_view(uri).substr(kFileScheme.size()));
}

// A description from elsewhere shall not make us wait for a pipe or read a device without end.
void refuse_special_file(const std::string& uri) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path_of(uri), ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw Error(Exit::usage, fmt::format("'{}' is not a regular file", shown_uri(uri)),
                "references are followed to regular files");
  }
}

}  // namespace

DocumentFiles::Document DocumentFiles::open(const std::string& uri) {
  const std::lock_guard lock(mutex_);
  auto& document = documents_[uri];
  if (document == nullptr) {
    const auto path = path_of(uri);
    document = std::make_shared<const Json>(parse_document(read_(path), path, shown_uri(uri)));
  }
  return document;
}

DocumentFiles::Document DocumentFiles::find(const std::string& uri) {
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
