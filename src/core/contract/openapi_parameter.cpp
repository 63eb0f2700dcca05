#include "core/contract/openapi_parameter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/contract/openapi_content.h"
#include "core/document/json_parser.h"
#include "core/document/json_value.h"
#include "core/output/json_text.h"
#include "core/runtime/ascii.h"
#include "core/runtime/redact.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

struct StylesOfPlace {
  std::string_view in;
  std::string_view title;
  std::vector<std::string_view> styles;  // the first is the default
};

const StylesOfPlace* styles_of(std::string_view in) {
  static const std::array<StylesOfPlace, 4> places{
      StylesOfPlace{"path", "path parameter", {"simple", "label", "matrix"}},
      StylesOfPlace{
          "query", "query parameter", {"form", "spaceDelimited", "pipeDelimited", "deepObject"}},
      StylesOfPlace{"header", "header parameter", {"simple"}},
      StylesOfPlace{"cookie", "cookie parameter", {"form"}}};
  const auto* const found = std::ranges::find(places, in, &StylesOfPlace::in);
  return found == places.end() ? nullptr : found;
}

std::string required_text(const DocumentNode& node, std::string_view name) {
  if (!node.find(name)) {
    node.refuse(fmt::format("a parameter needs the member '{}'", name));
  }
  return node.text(name);
}

}  // namespace

ApiParameter::ApiParameter(ApiDocument& document, DocumentNode node, ApiStyle style, SchemaUse use)
    : document_(&document),
      node_(std::move(node)),
      style_(std::move(style)),
      is_response_(use == SchemaUse::response),
      is_required_(node_.flag("required")),
      may_be_empty_(node_.flag("allowEmptyValue")),
      schema_(node_.find("schema")) {
  const auto* const place = styles_of(style_.in);
  if (place == nullptr) {
    node_.refuse(fmt::format("in: {} is not path, query, header or cookie", in_quotes(style_.in)));
  }
  style_.style = node_.text("style", place->styles.front());
  if (std::ranges::find(place->styles, style_.style) == place->styles.end()) {
    node_.refuse(
        fmt::format("the style {} is not for a {}", in_quotes(style_.style), place->title));
  }
  style_.explode = node_.flag("explode", style_.style == "form");
  if (const auto content = node_.find("content")) {
    const auto media = content->require_object().children();
    if (schema_) {
      node_.refuse("it has 'schema' and 'content', of which one is allowed");
    }
    if (media.size() != 1) {
      content->refuse("there must be one media type");
    }
    require_media_type(media[0]);
    is_content_ = is_json_type(media[0].name());
    schema_ =
        is_content_ ? document.follow(media[0]).require_object().find("schema") : std::nullopt;
  }
  if (schema_) {
    check_ = document.schema(*schema_, use);
  }
}

ApiParameter ApiParameter::of_request(ApiDocument& document, const DocumentNode& node) {
  auto target = document.follow_to(node, "parameters");
  ApiStyle style{required_text(target, "in"), required_text(target, "name"), {}, false};
  return {document, std::move(target), std::move(style), SchemaUse::request};
}

ApiParameter ApiParameter::of_response(ApiDocument& document, const DocumentNode& node,
                                       const std::string& name) {
  return {document, document.follow_to(node, "headers"), ApiStyle{"header", name, {}, false},
          SchemaUse::response};
}

bool ApiParameter::is_ignored() const {
  static constexpr std::array<std::string_view, 3> kRequest{"accept", "content-type",
                                                            "authorization"};
  const auto same = [this](std::string_view name) { return same_ascii(style_.name, name); };
  return style_.in == "header" &&
         (is_response_ ? same("content-type") : std::ranges::any_of(kRequest, same));
}

std::string ApiParameter::title() const {
  const auto kind =
      is_response_ ? std::string_view("response header") : styles_of(style_.in)->title;
  return fmt::format("{} {}", kind, visible(style_.name));
}

// The HTTP client adds these headers after the request is checked.
bool ApiParameter::is_added_by_client() const {
  static constexpr std::array<std::string_view, 3> kAdded{"host", "content-length",
                                                          "accept-encoding"};
  return !is_response_ && style_.in == "header" &&
         std::ranges::any_of(
             kAdded, [this](std::string_view name) { return same_ascii(style_.name, name); });
}

void ApiParameter::report_absence(ApiReport& report) const {
  if (is_required_ && !is_added_by_client()) {
    report.add(title() + " is required", node_);
  }
}

// Reports several fields where one is expected, since the other checks see only the first.
void ApiParameter::check_count(const ApiFields& fields, ApiReport& report) const {
  const auto count = std::ranges::count(fields, style_.name, &ApiFields::value_type::first);
  if (count < 2) {
    return;
  }
  const ApiShape shape(*document_, schema_);
  if (is_content_ || !has_field_for_each_item(style_)) {
    report.add(fmt::format("{} is there {} times, and all of it belongs into one", title(), count),
               node_);
  } else if (shape.names_any() && !shape.names("array") && !shape.names("object") &&
             !shape.is_unresolved()) {
    report.add(fmt::format("{} is there {} times, and is not an array", title(), count), node_);
  }
}

void ApiParameter::check(const ApiFields& fields,
                         const std::function<bool(std::string_view)>& claimed,
                         ApiReport& report) const {
  if (is_content_) {
    check_content(fields, report);
  } else {
    check_schema(fields, claimed, report);
  }
}

void ApiParameter::check_content(const ApiFields& fields, ApiReport& report) const {
  const auto field = std::ranges::find(fields, style_.name, &ApiFields::value_type::first);
  if (field == fields.end()) {
    return report_absence(report);
  }
  check_count(fields, report);
  JsonMistake mistake;
  const auto value = parse_json(decoded_text(style_, field->second), mistake);
  if (!value) {
    report.add(title() + " is not JSON", node_);
  } else if (check_) {
    report_violations(check_->validate(*value), report);
  }
}

void ApiParameter::check_schema(const ApiFields& fields,
                                const std::function<bool(std::string_view)>& claimed,
                                ApiReport& report) const {
  const auto candidates = decoded(style_, ApiShape(*document_, schema_), fields, claimed);
  if (candidates.empty()) {
    return report_absence(report);
  }
  check_count(fields, report);
  const auto has_name = [this](const auto& field) { return field.first == style_.name; };
  const auto count = std::ranges::count_if(fields, has_name);
  const bool is_empty = count == 1 && std::ranges::find_if(fields, has_name)->second.empty();
  if (!check_ || (is_empty && may_be_empty_)) {
    return;
  }
  std::vector<Violation> of_likeliest;
  for (const auto& candidate : candidates) {
    auto violations = check_->validate(candidate);
    if (violations.empty()) {
      return;
    }
    of_likeliest = of_likeliest.empty() ? std::move(violations) : of_likeliest;
  }
  report_violations(of_likeliest, report);
}

// A violation quotes the value.
void ApiParameter::report_violations(const std::vector<Violation>& violations,
                                     ApiReport& report) const {
  const bool is_secret = style_.in == "query"
                             ? is_secret_parameter(style_.name)
                             : style_.in == "cookie" || is_secret_header(style_.name);
  if (violations.empty() || is_response_ || !is_secret) {
    report.add(title(), violations, *schema_);
  } else {
    report.add(title() + " violates its schema; its value is a secret and not shown", node_);
  }
}

}  // namespace mscomm
