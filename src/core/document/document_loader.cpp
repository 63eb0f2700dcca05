#include "core/document/document_loader.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/document/json_parser.h"
#include "core/document/toml.h"
#include "core/document/yaml.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

bool begins_as_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

std::optional<Document> read_json(std::string_view text, JsonMistake& mistake) {
  PlaceTable places;
  auto root = parse_json(text, mistake, RepeatedNames::refuse, &places);
  return root ? std::optional<Document>({std::move(*root), std::move(places)}) : std::nullopt;
}

Document load_json(std::string_view text, const std::string& title) {
  JsonMistake mistake;
  auto document = read_json(text, mistake);
  if (!document) {
    throw Error(Exit::usage, fmt::format("'{}' {}{}{}", title, mistake.problem,
                                         mistake.location.empty() ? "" : ": ", mistake.location));
  }
  return std::move(*document);
}

// Reads YAML that is JSON: libyaml refuses some of it, such as escaped surrogate pairs.
std::optional<Document> json_in_yaml(std::string_view text) {
  JsonMistake ignored;  // the YAML parser's error is reported
  return begins_as_json(text) ? read_json(text, ignored) : std::nullopt;
}

}  // namespace

DocumentKind kind_of_document(std::string_view path, std::string_view text) {
  if (path.ends_with(".yaml") || path.ends_with(".yml")) {
    return DocumentKind::yaml;
  }
  if (path.ends_with(".toml")) {
    return DocumentKind::toml;
  }
  return path.ends_with(".json") || begins_as_json(text) ? DocumentKind::json : DocumentKind::yaml;
}

Document load_document(std::string_view text, const std::string& title, DocumentKind kind) {
  if (kind == DocumentKind::json) {
    return load_json(text, title);
  }
  if (kind == DocumentKind::toml) {
    return parse_toml(text, title);
  }
  auto json = json_in_yaml(text);
  return json ? std::move(*json) : parse_yaml(text, title);
}

std::vector<Document> load_documents(std::string_view text, const std::string& title,
                                     DocumentKind kind) {
  std::vector<Document> documents;
  if (kind != DocumentKind::yaml) {
    documents.push_back(load_document(text, title, kind));
  } else if (auto json = json_in_yaml(text)) {
    documents.push_back(std::move(*json));
  } else {
    documents = parse_yaml_stream(text, title);
  }
  return documents;
}

}  // namespace mscomm
