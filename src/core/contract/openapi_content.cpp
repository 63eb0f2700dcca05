#include "core/contract/openapi_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/document/json_parser.h"
#include "core/document/json_value.h"
#include "core/output/json_text.h"
#include "core/runtime/ascii.h"
#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

// How specific a media range is for a type; 0 when it does not contain the type.
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

// The parameters of a media type in a normal form: {"charset=utf-8"}.
std::vector<std::string> parameters_of(std::string_view content_type) {
  std::vector<std::string> parameters;
  for (auto at = content_type.find(';'); at != std::string_view::npos;
       at = content_type.find(';')) {
    content_type.remove_prefix(at + 1);
    const auto text = trim(content_type.substr(0, content_type.find(';')));
    const auto name_end =
        text.begin() + static_cast<std::ptrdiff_t>(std::min(text.find('='), text.size()));
    auto& parameter = parameters.emplace_back();
    std::transform(text.begin(), name_end, std::back_inserter(parameter), ascii_lower);
    std::remove_copy(name_end, text.end(), std::back_inserter(parameter), '"');
  }
  std::ranges::sort(parameters);
  return parameters;
}

std::vector<Violation> validated(const JsonSchema& schema, const nlohmann::ordered_json& body,
                                 std::string_view subject) {
  try {
    return schema.validate(body);
  } catch (Error& error) {
    error.add_context(subject);
    throw;
  }
}

}  // namespace

void require_media_type(const DocumentNode& media) {
  const auto range = media_type_of(media.name());
  const auto slash = range.find('/');
  const bool is_range =
      range == "*" || (slash > 0 && slash != std::string::npos && slash + 1 < range.size() &&
                       range.find_first_of(" ,") == std::string::npos);
  if (!is_range && !media.name().starts_with("x-")) {
    media.refuse(fmt::format("{} is no media type", in_quotes(media.name())),
                 "a media type has a slash in it: application/json, text/*");
  }
}

ApiContent::ApiContent(ApiDocument& document, const DocumentNode& node, SchemaUse use)
    : node_(node) {
  for (const auto& each : node.require_object().children()) {
    require_media_type(each);
    const auto media = document.follow(each).require_object();
    auto& known = media_.emplace_back(
        Media{media_type_of(each.name()), parameters_of(each.name()), std::nullopt, nullptr});
    // A range with '*' may stand for JSON.
    if (is_json_type(known.range) || known.range.ends_with('*')) {
      known.schema = media.find("schema");
    }
    if (known.schema) {
      known.check = document.schema(*known.schema, use);
    }
  }
}

bool ApiContent::is_all_json() const {
  return std::ranges::all_of(media_, [](const Media& media) { return is_json_type(media.range); });
}

std::string ApiContent::names() const {
  std::vector<std::string> names;
  for (const auto& media : media_) {
    names.push_back(visible(media.range));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

const ApiContent::Media* ApiContent::choose(std::string_view content_type) const {
  const auto type = media_type_of(content_type);
  const auto parameters = parameters_of(content_type);
  const Media* best = nullptr;
  std::pair best_fit(0, false);
  for (const auto& media : media_) {
    const std::pair fit(specificity(media.range, type), media.parameters == parameters);
    if (fit.first > 0 && fit > best_fit) {
      best = &media;
      best_fit = fit;
    }
  }
  return best;
}

void ApiContent::check(std::string_view subject, std::string_view content_type,
                       std::string_view body, ApiReport& report) const {
  const auto type = media_type_of(content_type);
  const auto* const media = choose(content_type);
  if (media == nullptr && type.empty()) {
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
  JsonMistake mistake;
  const auto value = parse_json(body, mistake);
  if (!value) {
    report.add(fmt::format("{} {}", subject, mistake.problem), node_);
  } else if (media->check) {
    report.add(subject, validated(*media->check, *value, subject), *media->schema);
  }
}

}  // namespace mscomm
