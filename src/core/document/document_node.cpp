#include "core/document/document_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/document/json_pointer.h"
#include "core/document/json_value.h"
#include "core/runtime/error.h"
#include "core/runtime/uri.h"

namespace mscomm {

using Json = nlohmann::ordered_json;

DocumentNode DocumentNode::inner(const Json& value, std::string name) const {
  auto node = *this;
  node.value_ = &value;
  append_pointer_step(node.pointer_, name);
  node.name_ = std::move(name);
  return node;
}

std::string DocumentNode::at() const {
  const auto [line, column] = text_place();
  return fmt::format("{}:{}:{}", file_->title, line, column);
}

std::optional<DocumentNode> DocumentNode::find(std::string_view name) const {
  if (!value_->is_object()) {
    return std::nullopt;
  }
  const auto found = value_->find(name);
  return found == value_->end() ? std::nullopt : std::optional(inner(*found, std::string(name)));
}

std::optional<DocumentNode> DocumentNode::step(const std::string& name) const {
  const auto* const found = step_into(*value_, name);
  return found == nullptr ? std::nullopt : std::optional(inner(*found, name));
}

std::vector<DocumentNode> DocumentNode::children() const {
  std::vector<DocumentNode> nodes;
  if (value_->is_structured()) {
    for (const auto& [name, value] : value_->items()) {
      nodes.push_back(inner(value, name));
    }
  }
  return nodes;
}

std::string DocumentNode::text(std::string_view name, std::string_view otherwise) const {
  const auto member = find(name);
  if (!member) {
    return std::string(otherwise);
  }
  if (!member->value().is_string()) {
    member->refuse(fmt::format("{} is not a string", shown(member->value())));
  }
  return member->value().get<std::string>();
}

bool DocumentNode::flag(std::string_view name, bool otherwise) const {
  const auto member = find(name);
  if (!member) {
    return otherwise;
  }
  if (!member->value().is_boolean()) {
    member->refuse(fmt::format("{} is not a boolean", shown(member->value())));
  }
  return member->value().get<bool>();
}

const DocumentNode& DocumentNode::require_object() const {
  if (!value_->is_object()) {
    refuse(fmt::format("{} is not an object", shown(*value_)));
  }
  return *this;
}

const DocumentNode& DocumentNode::require_list() const {
  if (!value_->is_array() && !value_->is_null()) {
    refuse(fmt::format("{} is not an array", shown(*value_)));
  }
  return *this;
}

void DocumentNode::refuse(std::string_view message, std::string hint) const {
  throw Error(Exit::usage, fmt::format("{}: #{}: {}", file_->title, pointer_, message),
              std::move(hint));
}

LinkedDocument::LinkedDocument(const std::string& path, std::shared_ptr<DocumentFiles> files)
    : files_(std::move(files)) {
  const auto uri = file_uri(path);
  opened_.push_back({uri, path, "", files_->open(uri)});
}

const DocumentFile& LinkedDocument::file(const std::string& uri, const DocumentNode& reference) {
  const auto known = std::ranges::find(opened_, uri, &DocumentFile::uri);
  if (known != opened_.end()) {
    return *known;
  }
  auto document = files_->find(uri);
  if (document == nullptr) {
    reference.refuse(fmt::format("there is no document {}", in_quotes(uri)),
                     "references to other files are followed, and those to a network are not");
  }
  const auto title = shown_uri(uri);
  return opened_.emplace_back(DocumentFile{uri, title, title, std::move(document)});
}

std::optional<DocumentNode> LinkedDocument::target(const DocumentNode& node) {
  const auto reference = node.find("$ref");
  if (!reference) {
    return std::nullopt;
  }
  if (!reference->value().is_string()) {
    reference->refuse(fmt::format("{} is not a string", shown(reference->value())));
  }
  const auto uri = resolve_uri(node.file().uri, reference->value().get_ref<const std::string&>());
  const auto fragment = percent_decoded(split_uri(uri).fragment.value_or(""));
  const auto steps = pointer_steps(fragment);
  auto at = std::optional<DocumentNode>(
      file(uri.substr(0, std::min(uri.find('#'), uri.size())), *reference));
  for (std::size_t i = 0; steps && at && i < steps->size(); ++i) {
    at = at->step((*steps)[i]);
  }
  if (!at || !steps) {
    reference->refuse(fmt::format("nothing is at {}", in_quotes(fragment)));
  }
  return at;
}

std::vector<DocumentNode> LinkedDocument::with_references(const DocumentNode& node) {
  std::vector<DocumentNode> nodes{node};
  while (auto next = target(nodes.back())) {
    if (std::ranges::find(nodes, &next->value(), [](const auto& each) { return &each.value(); }) !=
        nodes.end()) {
      nodes.back().refuse("it refers to itself");
    }
    nodes.push_back(std::move(*next));
  }
  return nodes;
}

DocumentNode LinkedDocument::follow(const DocumentNode& node) {
  return with_references(node).back();
}

std::optional<DocumentNode> LinkedDocument::try_follow(const DocumentNode& node) {
  try {
    return follow(node);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace mscomm
