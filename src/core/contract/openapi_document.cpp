#include "core/contract/openapi_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/document/json_pointer.h"
#include "core/document/json_value.h"
#include "core/runtime/error.h"
#include "core/runtime/uri.h"
#include "core/schema/dialect.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

ApiNode ApiNode::step(const Json& value, std::string name) const {
  auto node = *this;
  node.value_ = &value;
  append_pointer_step(node.pointer_, name);
  node.name_ = std::move(name);
  return node;
}

std::optional<ApiNode> ApiNode::find(std::string_view name) const {
  if (!value_->is_object()) {
    return std::nullopt;
  }
  const auto found = value_->find(name);
  return found == value_->end() ? std::nullopt : std::optional(step(*found, std::string(name)));
}

std::vector<ApiNode> ApiNode::children() const {
  std::vector<ApiNode> nodes;
  if (value_->is_structured()) {
    for (const auto& [name, value] : value_->items()) {
      nodes.push_back(step(value, name));
    }
  }
  return nodes;
}

std::string ApiNode::text(std::string_view name, std::string_view otherwise) const {
  const auto member = find(name);
  if (!member) {
    return std::string(otherwise);
  }
  if (!member->value().is_string()) {
    member->refuse(fmt::format("{} is not a string", shown(member->value())));
  }
  return member->value().get<std::string>();
}

bool ApiNode::flag(std::string_view name, bool otherwise) const {
  const auto member = find(name);
  if (!member) {
    return otherwise;
  }
  if (!member->value().is_boolean()) {
    member->refuse(fmt::format("{} is not a boolean", shown(member->value())));
  }
  return member->value().get<bool>();
}

const ApiNode& ApiNode::require_object() const {
  if (!value_->is_object()) {
    refuse(fmt::format("{} is not an object", shown(*value_)));
  }
  return *this;
}

void ApiNode::refuse(std::string_view message) const {
  throw Error(Exit::usage, fmt::format("{}: #{}: {}", file_->title, pointer_, message));
}

namespace {

void refuse_version(const ApiNode& root) {
  const auto what = root.find("swagger")   ? "Swagger 2.0"
                    : root.find("openapi") ? "OpenAPI " + shown(root.find("openapi")->value())
                                           : std::string();
  if (what.empty()) {
    throw Error(Exit::usage,
                fmt::format("'{}' is not an OpenAPI description: it has no member 'openapi'",
                            root.file().title),
                "--openapi takes OpenAPI 3.0 or 3.1, as JSON or YAML");
  }
  if (const auto version = root.find("openapi"); version && version->value().is_number()) {
    version->refuse("a number; a version is text, for example \"3.0.3\"");
  }
  throw Error(Exit::usage,
              fmt::format("'{}' is {}, and OpenAPI 3.0 and 3.1 are known", root.file().title, what),
              "converters write OpenAPI 3.0 from Swagger 2.0");
}

SchemaDialect known_dialect(const ApiNode& node, const std::string& uri) {
  const auto* const dialect = find_dialect(uri);
  if (dialect == nullptr) {
    throw Error(Exit::usage,
                fmt::format("{}: {}: the dialect {} is not known", node.file().title, node.place(),
                            in_quotes(uri)),
                "it can be " + known_dialects());
  }
  return dialect->value;
}

}  // namespace

ApiDocument::ApiDocument(const std::string& path, std::shared_ptr<DocumentFiles> files,
                         std::size_t max_steps)
    : files_(std::move(files)), max_steps_(max_steps) {
  const auto uri = file_uri(path);
  files_by_uri_.push_back({uri, path, "", files_->open(uri)});
  const auto version = root().find("openapi");
  const auto text =
      version && version->value().is_string() ? version->value().get<std::string>() : std::string();
  is_3_0_ = text.starts_with("3.0.");
  if (!is_3_0_ && !text.starts_with("3.1.")) {
    refuse_version(root());
  }
  const auto dialect = is_3_0_ ? std::nullopt : root().find("jsonSchemaDialect");
  dialect_ = is_3_0_   ? SchemaDialect::openapi_3_0
             : dialect ? known_dialect(*dialect, root().text("jsonSchemaDialect"))
                       : SchemaDialect::draft_2020_12;
}

const ApiFile& ApiDocument::file(const std::string& uri, const ApiNode& reference) {
  const auto known = std::ranges::find(files_by_uri_, uri, &ApiFile::uri);
  if (known != files_by_uri_.end()) {
    return *known;
  }
  auto root = files_->find(uri);
  if (root == nullptr) {
    throw Error(Exit::usage,
                fmt::format("{}: #{}: there is no document {}", reference.file().title,
                            reference.pointer(), in_quotes(uri)),
                "references to other files are followed, and those to a network are not");
  }
  const auto title = shown_uri(uri);
  return files_by_uri_.emplace_back(ApiFile{uri, title, title, std::move(root)});
}

std::optional<ApiNode> ApiDocument::target(const ApiNode& node) {
  const auto reference = node.find("$ref");
  if (!reference || !reference->value().is_string()) {
    return std::nullopt;
  }
  const auto uri = resolve_uri(node.file().uri, reference->value().get_ref<const std::string&>());
  const auto parts = split_uri(uri);
  const auto fragment = percent_decoded(parts.fragment.value_or(""));
  const auto steps = pointer_steps(fragment);
  auto at =
      std::optional<ApiNode>(file(uri.substr(0, std::min(uri.find('#'), uri.size())), *reference));
  for (std::size_t i = 0; steps && at && i < steps->size(); ++i) {
    const auto* const next = step_into(at->value(), (*steps)[i]);
    at = next == nullptr ? std::nullopt : std::optional(at->step(*next, (*steps)[i]));
  }
  if (!at || !steps) {
    reference->refuse(fmt::format("nothing is at {}", in_quotes(fragment)));
  }
  return at;
}

ApiNode ApiDocument::follow(ApiNode node) {
  std::vector<const Json*> seen;
  while (auto next = target(node)) {
    if (std::ranges::find(seen, &next->value()) != seen.end()) {
      node.refuse("it refers to itself");
    }
    seen.push_back(&next->value());
    node = std::move(*next);
  }
  return node;
}

std::optional<ApiNode> ApiDocument::try_follow(const ApiNode& node) {
  try {
    return follow(node);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::vector<ApiNode> ApiDocument::with_reference(const ApiNode& node) {
  std::vector<ApiNode> nodes{node};
  if (target(node)) {
    nodes.push_back(follow(node));
  }
  return nodes;
}

std::shared_ptr<const JsonSchema> ApiDocument::schema(const ApiNode& node, SchemaUse use) {
  auto& known = schemas_[{&node.value(), use}];
  if (known == nullptr) {
    SchemaOptions options;
    options.title = node.file().title;
    options.uri = node.file().uri;
    options.at = node.pointer();
    options.dialect = dialect_;
    const auto own = is_3_0_ ? std::nullopt : node.find("$schema");
    if (own && own->value().is_string()) {
      options.dialect = known_dialect(*own, own->value().get<std::string>());
    }
    options.use = use;
    options.max_steps = max_steps_;
    options.load = [files = files_](const std::string& uri) { return files->find(uri); };
    known = std::make_shared<const JsonSchema>(JsonSchema::compile(*node.file().root, options));
  }
  return known;
}

}  // namespace mscomm
