#include "core/contract/openapi_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/contract/json_value.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// How specific a range is for a type that it has in it; 0 when it has not.
int specificity(std::string_view range, std::string_view type) {
  if (range == type) {
    return 4;
  }
  const auto star = range.find('*');
  if (range == "*/*" || star == std::string_view::npos) {
    return range == "*/*" ? 1 : 0;
  }
  const auto before = range.substr(0, star);
  const auto after = range.substr(star + 1);
  const bool fits = type.size() >= before.size() + after.size() && type.starts_with(before) &&
                    type.ends_with(after);
  return !fits ? 0 : after.empty() ? 2 : 3;
}

}  // namespace

std::string media_type_of(std::string_view content_type) {
  std::string type(trim(content_type.substr(0, content_type.find(';'))));
  std::ranges::transform(type, type.begin(), ascii_lower);
  return type;
}

bool is_json_type(std::string_view content_type) {
  const auto type = media_type_of(content_type);
  return type == "application/json" || type == "text/json" || type.ends_with("+json");
}

bool same_ascii(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, ascii_lower, ascii_lower);
}

ApiContent::ApiContent(ApiDocument& document, const ApiNode& node, SchemaUse use) : node_(node) {
  for (const auto& each : node.require_object().children()) {
    const auto media = document.follow(each).require_object();
    auto& known = media_.emplace_back(Media{media_type_of(each.name()), std::nullopt, nullptr});
    // What a range is for may be JSON.
    if (is_json_type(known.range) || known.range.ends_with('*')) {
      known.schema = media.find("schema");
    }
    if (known.schema) {
      known.check = document.schema(*known.schema, use);
    }
  }
}

std::string ApiContent::names() const {
  std::vector<std::string> names;
  for (const auto& media : media_) {
    names.push_back(visible(media.range));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

const ApiContent::Media* ApiContent::choose(const std::string& type) const {
  const Media* best = nullptr;
  for (const auto& media : media_) {
    const auto fit = specificity(media.range, type);
    if (fit > (best == nullptr ? 0 : specificity(best->range, type))) {
      best = &media;
    }
  }
  return best;
}

void ApiContent::check(std::string_view subject, std::string_view content_type,
                       std::string_view body, ApiReport& report) const {
  const auto type = media_type_of(content_type);
  const auto* const media = choose(type);
  if (type.empty()) {
    return report.add(fmt::format("{} has no Content-Type ({})", subject, names()), node_);
  }
  if (media == nullptr) {
    return report.add(fmt::format("{}: the media type {} is not described ({})", subject,
                                  in_quotes(type), names()),
                      node_);
  }
  if (!is_json_type(type)) {
    return;
  }
  const auto value = Json::parse(body, nullptr, false);
  if (value.is_discarded()) {
    report.add(fmt::format("{} is not JSON", subject), node_);
  } else if (media->check) {
    report.add(subject, media->check->validate(value), *media->schema);
  }
}

}  // namespace mscomm
