#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/contract/openapi_report.h"

namespace mscomm {

/// Throws Error{usage} unless the name of a media type object is a media type or a range of them.
void require_media_type(const DocumentNode& media);

/// The body that an OpenAPI description allows: its media types, each with a schema.
class ApiContent {
 public:
  /// `node` is a map of media type objects. Throws Error{usage} when it is none.
  ApiContent(ApiDocument& document, const DocumentNode& node, SchemaUse use);

  [[nodiscard]] const DocumentNode& node() const { return node_; }
  [[nodiscard]] bool is_empty() const { return media_.empty(); }
  /// Whether all media types are JSON, which is never an empty body.
  [[nodiscard]] bool is_all_json() const;
  /// "application/json, text/*"
  [[nodiscard]] std::string names() const;

  /// Reports the violations of a body. It chooses the most specific media type that matches the
  /// body's Content-Type: itself, then `application/*+json`, `application/*`, and `*/*`; among
  /// equal ones that with the same parameters. Bodies that are not JSON are judged by their type
  /// alone.
  void check(std::string_view subject, std::string_view content_type, std::string_view body,
             ApiReport& report) const;

 private:
  struct Media {
    std::string range;
    std::vector<std::string> parameters;
    std::optional<DocumentNode> schema;  // for JSON
    std::shared_ptr<const JsonSchema> check;
  };

  [[nodiscard]] const Media* choose(std::string_view content_type) const;

  DocumentNode node_;
  std::vector<Media> media_;
};

}  // namespace mscomm
