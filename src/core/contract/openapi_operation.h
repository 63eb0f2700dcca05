#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/contract/openapi_content.h"
#include "core/contract/openapi_exchange.h"
#include "core/contract/openapi_parameter.h"
#include "core/contract/openapi_paths.h"

namespace mscomm {

/// An operation of an OpenAPI description with all its schemas compiled.
class ApiOperation {
 public:
  /// Throws Error{usage} that names the place of a mistake in the description.
  ApiOperation(ApiDocument& document, const ApiMatch& match);

  /// Whether it has a word about responses. In 3.1 it may have none.
  [[nodiscard]] bool describes_responses() const { return !responses_.empty(); }

  void check_request(const ApiRequest& request, const PathTemplate::Values& values,
                     ApiReport& report) const;
  void check_response(const std::string& method, const ApiResponse& response,
                      ApiReport& report) const;

 private:
  struct Response {
    std::string key;  // "200", "2XX", "default"
    DocumentNode node;
    std::vector<ApiParameter> headers;
    std::optional<ApiContent> content;
  };
  struct Body {
    DocumentNode node;
    bool is_required;
    ApiContent content;
  };

  void add_parameters(ApiDocument& document, const ApiMatch& match);
  void add_body(ApiDocument& document);
  void add_responses(ApiDocument& document);
  void add_response(ApiDocument& document, const DocumentNode& named);
  [[nodiscard]] const Response* choose(int status) const;
  void check_body(const ApiRequest& request, ApiReport& report) const;

  std::string title_;
  DocumentNode node_;
  std::vector<ApiParameter> parameters_;
  std::optional<Body> body_;
  std::vector<Response> responses_;
};

}  // namespace mscomm
