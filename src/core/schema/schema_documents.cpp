#include "core/schema/schema_documents.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "core/document/json_pointer.h"
#include "core/document/json_value.h"
#include "core/runtime/error.h"
#include "core/runtime/uri.h"
#include "core/schema/metaschemas.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

// The member if the value is an object and the member a string, else nullptr.
const std::string* text_member(const Json& value, std::string_view name) {
  if (!value.is_object()) {
    return nullptr;
  }
  const auto found = value.find(name);
  return found != value.end() && found->is_string() ? found->get_ptr<const std::string*>()
                                                    : nullptr;
}

// A reference without its fragment, and the decoded fragment.
std::pair<std::string, std::string> without_fragment(std::string_view uri) {
  const auto hash = std::min(uri.find('#'), uri.size());
  return {std::string(uri.substr(0, hash)),
          percent_decoded(uri.substr(std::min(hash + 1, uri.size())))};
}

bool is_plain_reference(const Json& schema, const SchemaLanguage& language) {
  return language.dialect->reference_hides_siblings && text_member(schema, "$ref") != nullptr;
}

std::string nested(const std::string& location, std::string_view name) {
  auto inner = location;
  append_pointer_step(inner, name);
  return inner;
}

// Checks only the schemas in use: the rest of a larger document may be long.
void require_depth(const Json& schema, const std::string& title, const std::string& location) {
  if (!is_nested_within(schema, kMostSchemaDepth)) {
    throw Error(Exit::usage, fmt::format("{}: {}: nested deeper than {} levels", title, location,
                                         kMostSchemaDepth));
  }
}

}  // namespace

SchemaDocuments::SchemaDocuments(const SchemaOptions& options, SchemaProgram& program)
    : options_(options), program_(program) {}

const SchemaPlace& SchemaDocuments::open(const Json& document) {
  auto& resource = add_document(without_fragment(options_.uri).first, document, "",
                                language_of(options_.dialect));
  const auto where = fmt::format("{}: '{}'", options_.title, options_.at);
  if (options_.at.starts_with('#')) {
    return locate(resource, without_fragment(options_.at).second, where);
  }
  return locate(resource, options_.at, where);
}

const SchemaPlace* SchemaDocuments::find(const Json& value) const {
  const auto found = places_.find(&value);
  return found == places_.end() ? nullptr : &found->second;
}

const SchemaPlace& SchemaDocuments::resolve(const SchemaResource& from, std::string_view reference,
                                            const std::string& where) {
  const auto [uri, fragment] = without_fragment(resolve_uri(from.uri, reference));
  auto* resource = &find_resource(uri, where);
  if (fragment.empty() || fragment.starts_with('/')) {
    return locate(*resource, fragment, where);
  }
  if (const auto* const root = find(*resource->root)) {
    resource = root->resource;  // the resource of the document's own "$id"
  }
  auto anchor = resource->anchors.find(fragment);
  if (anchor == resource->anchors.end()) {
    find_named_schemas();
    anchor = resource->anchors.find(fragment);
  }
  if (anchor == resource->anchors.end()) {
    throw Error(Exit::usage, fmt::format("{}: there is no anchor {}", where, in_quotes(fragment)));
  }
  return *find(*anchor->second);
}

SchemaResource& SchemaDocuments::find_resource(const std::string& uri, const std::string& where) {
  if (const auto known = by_uri_.find(uri); known != by_uri_.end()) {
    return *known->second;
  }
  if (const auto text = metaschema_text(uri)) {
    const auto& document = loaded_.emplace_back(std::make_shared<const Json>(Json::parse(*text)));
    return add_document(uri, *document, uri, language_of(SchemaDialect::draft_2020_12));
  }
  find_named_schemas();
  if (const auto named = by_uri_.find(uri); named != by_uri_.end()) {
    return *named->second;
  }
  auto document = options_.load && !uri.empty() ? options_.load(uri) : nullptr;
  if (!document) {
    throw Error(Exit::usage, fmt::format("{}: there is no schema {}", where, in_quotes(uri)),
                "references to other documents are not followed by themselves");
  }
  const auto& kept = loaded_.emplace_back(std::move(document));
  return add_document(uri, *kept, uri, language_of(options_.dialect));
}

void SchemaDocuments::find_named_schemas() {
  if (options_.at.empty() || std::exchange(has_found_names_, true)) {
    return;
  }
  auto& document = resources_.front();
  const auto& language = *document.language.dialect;
  std::vector<std::tuple<const Json*, std::string, std::size_t>> open{{document.root, "#", 0}};
  while (!open.empty()) {
    const auto [value, location, depth] = std::move(open.back());
    open.pop_back();
    if (text_member(*value, language.id) != nullptr ||
        (language.has_anchors && (text_member(*value, "$anchor") != nullptr ||
                                  text_member(*value, "$dynamicAnchor") != nullptr))) {
      index(*value, document, location);
    }
    for (const auto& [name, inner] : value->items()) {
      if (inner.is_structured() && depth < kMostSchemaDepth) {
        open.emplace_back(&inner, nested(location, name), depth + 1);
      }
    }
  }
}

SchemaLanguage SchemaDocuments::language_at(const std::string& uri, int levels) {
  if (const auto* const dialect = find_dialect(uri)) {
    return language_of(dialect->value);
  }
  const auto document =
      options_.load && levels > 0 ? options_.load(without_fragment(uri).first) : nullptr;
  const auto* const outer = document ? text_member(*document, "$schema") : nullptr;
  if (outer == nullptr) {
    throw Error(Exit::usage,
                fmt::format("{}: the dialect {} is not known", options_.title, in_quotes(uri)),
                "$schema can be " + known_dialects());
  }
  auto language = language_at(*outer, levels - 1);
  const auto vocabularies = document->find("$vocabulary");
  if (vocabularies == document->end() || !vocabularies->is_object()) {
    return language;
  }
  language.vocabularies = kCore;
  for (auto each = vocabularies->begin(); each != vocabularies->end(); ++each) {
    const auto bit = vocabulary_bit(each.key());
    if (bit == 0 && *each == Json(true)) {
      throw Error(Exit::usage, fmt::format("{}: the vocabulary {} is not known", options_.title,
                                           in_quotes(each.key())));
    }
    language.vocabularies |= bit;
  }
  return language;
}

SchemaResource& SchemaDocuments::add_document(const std::string& uri, const Json& root,
                                              const std::string& shown, SchemaLanguage fallback) {
  constexpr int kMetaschemas = 8;  // levels of metaschemas
  // A larger document is not itself a schema.
  const bool is_schema = options_.at.empty() || !shown.empty();
  const auto* const dialect = is_schema ? text_member(root, "$schema") : nullptr;
  auto& resource =
      add_resource(uri, root, dialect != nullptr ? language_at(*dialect, kMetaschemas) : fallback);
  if (is_schema) {
    index(root, resource, shown + "#");
  }
  return resource;
}

SchemaResource& SchemaDocuments::add_resource(std::string uri, const Json& root,
                                              SchemaLanguage language) {
  auto& resource = resources_.emplace_back(
      SchemaResource{std::move(uri), &root, language, {}, {}, &program_.resources.emplace_back()});
  by_uri_.try_emplace(resource.uri, &resource);
  return resource;
}

const SchemaPlace& SchemaDocuments::locate(SchemaResource& resource, std::string_view pointer,
                                           const std::string& where) {
  const auto steps = pointer_steps(pointer);
  const auto* const start = find(*resource.root);
  auto place = start != nullptr ? *start : SchemaPlace{resource.root, &resource, "#"};
  const Json* at = steps ? resource.root : nullptr;
  for (std::size_t i = 0; at != nullptr && i < steps->size(); ++i) {
    at = step_into(*at, (*steps)[i]);
    append_pointer_step(place.location, (*steps)[i]);
    if (const auto* const known = at != nullptr ? find(*at) : nullptr) {
      place.resource = known->resource;
    }
  }
  if (at == nullptr) {
    throw Error(Exit::usage, fmt::format("{}: nothing is at {}", where, in_quotes(pointer)));
  }
  if (find(*at) == nullptr) {
    index(*at, *place.resource, place.location);
  }
  return *find(*at);
}

void SchemaDocuments::index(const Json& value, SchemaResource& resource, std::string location) {
  require_depth(value, options_.title, location);
  std::vector<SchemaPlace> open{{&value, &resource, std::move(location)}};
  while (!open.empty()) {
    auto place = std::move(open.back());
    open.pop_back();
    if (places_.contains(place.value)) {
      continue;
    }
    if (place.value->is_object()) {
      place.resource = &resource_at(*place.value, *place.resource);
      add_anchors(*place.value, *place.resource);
      add_subschemas(place, open);
    }
    places_.emplace(place.value, std::move(place));
  }
}

SchemaResource& SchemaDocuments::resource_at(const Json& schema, SchemaResource& outer) {
  if (outer.language.dialect->id.empty() || is_plain_reference(schema, outer.language)) {
    return outer;
  }
  auto language = outer.language;
  if (const auto* const dialect = text_member(schema, "$schema");
      dialect && &schema != outer.root) {
    language = language_at(*dialect, 1);
  }
  const auto* const id = text_member(schema, language.dialect->id);
  if (id == nullptr || (!language.dialect->has_anchors && id->starts_with('#'))) {
    return outer;
  }
  return add_resource(without_fragment(resolve_uri(outer.uri, *id)).first, schema, language);
}

void SchemaDocuments::add_anchors(const Json& schema, SchemaResource& resource) {
  const auto add = [&](const std::string& name) { resource.anchors.try_emplace(name, &schema); };
  if (resource.language.dialect->has_anchors) {
    if (const auto* const name = text_member(schema, "$anchor")) {
      add(*name);
    }
    if (const auto* const name = text_member(schema, "$dynamicAnchor")) {
      add(*name);
      if (resource.dynamic_anchors.insert(*name).second) {
        dynamic_anchors_.emplace_back(&resource, *name);
      }
    }
  } else if (const auto* const id = text_member(schema, resource.language.dialect->id);
             id != nullptr && !is_plain_reference(schema, resource.language)) {
    add(without_fragment(*id).second);
  }
}

void SchemaDocuments::add_subschemas(const SchemaPlace& place, std::vector<SchemaPlace>& found) {
  const Json* owner = nullptr;
  const auto add = [&](const Json& value, const std::string& location) {
    if (value.is_object() || value.is_boolean()) {
      found.push_back({&value, place.resource, location, owner});
    }
  };
  const auto& schema = *place.value;
  for (auto member = schema.begin(); member != schema.end(); ++member) {
    const auto* const keyword = find_keyword(place.resource->language, member.key());
    if (keyword == nullptr || keyword->subschemas == Subschemas::none) {
      continue;
    }
    const auto location = nested(place.location, member.key());
    const bool is_map = keyword->subschemas == Subschemas::map;
    owner = keyword->name == "allOf" ? place.value : nullptr;
    if (!is_map) {
      add(*member, location);
    }
    if (member->is_array() || (member->is_object() && is_map)) {
      for (const auto& [name, value] : member->items()) {
        add(value, nested(location, name));
      }
    }
  }
}

std::vector<std::pair<SchemaResource*, std::string>> SchemaDocuments::take_dynamic_anchors() {
  return std::exchange(dynamic_anchors_, {});
}

}  // namespace mscomm
