#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/contract/openapi_report.h"

namespace mscomm {

/// A media type without its parameters, in lower case: "application/json".
std::string media_type_of(std::string_view content_type);

/// Whether a media type is JSON (RFC 8259) or has its structure (`+json`, RFC 6839).
bool is_json_type(std::string_view content_type);

/// Whether two names are the same but for the case of ASCII letters.
bool same_ascii(std::string_view a, std::string_view b);

/// What an OpenAPI description says of a body: its media types, with a schema each.
class ApiContent {
 public:
  /// `node` is a map of media type objects. Throws Error{usage} when it is none.
  ApiContent(ApiDocument& document, const ApiNode& node, SchemaUse use);

  [[nodiscard]] bool is_empty() const { return media_.empty(); }
  /// "application/json, text/*"
  [[nodiscard]] std::string names() const;

  /// Reports what is wrong with a body. Of the media types the most specific one that the body's
  /// own fits is taken: itself, then `application/*+json`, `application/*`, and `*/*`. Bodies that
  /// are not JSON are only judged by their type.
  void check(std::string_view subject, std::string_view content_type, std::string_view body,
             ApiReport& report) const;

 private:
  struct Media {
    std::string range;
    std::optional<ApiNode> schema;  // of JSON
    std::shared_ptr<const JsonSchema> check;
  };

  [[nodiscard]] const Media* choose(const std::string& type) const;

  ApiNode node_;
  std::vector<Media> media_;
};

}  // namespace mscomm
