#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/contract/openapi_report.h"
#include "core/contract/openapi_styles.h"

namespace mscomm {

/// A parameter of a request, or a header of a response (OpenAPI 3.0.3 sections 4.7.12, 4.7.21).
class ApiParameter {
 public:
  /// From a parameter object. Throws Error{usage} when it is none.
  static ApiParameter of_request(ApiDocument& document, const DocumentNode& node);
  /// From a header object, whose name is the name of its member.
  static ApiParameter of_response(ApiDocument& document, const DocumentNode& node,
                                  const std::string& name);

  [[nodiscard]] const ApiStyle& style() const { return style_; }
  [[nodiscard]] const DocumentNode& node() const { return node_; }

  /// Whether it is ignored, because the specification describes it by other means: the headers
  /// Accept, Content-Type, Authorization.
  [[nodiscard]] bool is_ignored() const;

  /// Reports its violations. `fields` are all fields of its kind; `claimed` says whether a field's
  /// name belongs to another parameter.
  void check(const ApiFields& fields, const std::function<bool(std::string_view)>& claimed,
             ApiReport& report) const;

 private:
  ApiParameter(ApiDocument& document, DocumentNode node, ApiStyle style, SchemaUse use);

  void check_content(const ApiFields& fields, ApiReport& report) const;
  void check_schema(const ApiFields& fields, const std::function<bool(std::string_view)>& claimed,
                    ApiReport& report) const;
  [[nodiscard]] bool is_added_by_client() const;
  void report_absence(ApiReport& report) const;
  void report_violations(const std::vector<Violation>& violations, ApiReport& report) const;
  void check_count(const ApiFields& fields, ApiReport& report) const;
  [[nodiscard]] std::string title() const;

  ApiDocument* document_;
  DocumentNode node_;
  ApiStyle style_;
  bool is_response_;
  bool is_required_;
  bool may_be_empty_;
  bool is_content_ = false;             // it has "content" with one media type
  std::optional<DocumentNode> schema_;  // absent: any value
  std::shared_ptr<const JsonSchema> check_;
};

}  // namespace mscomm
