#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/contract/openapi_report.h"

namespace mscomm {

/// What an OpenAPI description says of a body: its media types, with a schema each.
class ApiContent {
 public:
  /// `node` is a map of media type objects. Throws Error{usage} when it is none.
  ApiContent(ApiDocument& document, const DocumentNode& node, SchemaUse use);

  [[nodiscard]] const DocumentNode& node() const { return node_; }
  [[nodiscard]] bool is_empty() const { return media_.empty(); }
  /// Whether only JSON is described, which is never without a byte.
  [[nodiscard]] bool is_all_json() const;
  /// "application/json, text/*"
  [[nodiscard]] std::string names() const;

  /// Reports what is wrong with a body. Of the media types the most specific one that the body's
  /// own fits is taken: itself, then `application/*+json`, `application/*`, and `*/*`; of several
  /// the one with the same parameters. Bodies that are not JSON are only judged by their type.
  void check(std::string_view subject, std::string_view content_type, std::string_view body,
             ApiReport& report) const;

 private:
  struct Media {
    std::string range;
    std::vector<std::string> parameters;
    std::optional<DocumentNode> schema;  // of JSON
    std::shared_ptr<const JsonSchema> check;
  };

  [[nodiscard]] const Media* choose(std::string_view content_type) const;

  DocumentNode node_;
  std::vector<Media> media_;
};

}  // namespace mscomm
