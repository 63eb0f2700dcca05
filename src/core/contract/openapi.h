#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/contract/openapi_exchange.h"
#include "core/document/document_files.h"
#include "core/schema/json_schema.h"

namespace mscomm {

/// Checks requests and responses against an OpenAPI description (3.0 or 3.1). Compiles an operation
/// when it is first asked for. For one thread; files are shared through DocumentFiles.
class OpenApi {
 public:
  /// `max_steps` is SchemaOptions::max_steps. Throws Error{usage} when the file is not an OpenAPI
  /// description, Error{io} when it cannot be read.
  OpenApi(const std::string& path, std::shared_ptr<DocumentFiles> files,
          std::size_t max_steps = SchemaOptions().max_steps);
  OpenApi(const OpenApi&) = delete;
  OpenApi& operator=(const OpenApi&) = delete;
  OpenApi(OpenApi&&) noexcept;
  OpenApi& operator=(OpenApi&&) noexcept;
  ~OpenApi();

  /// The violations of a request, one line each, without control characters: an operation that is
  /// not described, parameters, the body. Compiles the whole operation with its responses, and
  /// throws Error{usage} naming file and place for a mistake in the description there.
  std::vector<std::string> check_request(const ApiRequest& request);

  /// The violations of the response to a request: status, headers, media type, body. Nothing when
  /// the request's operation is not described, or none of its responses.
  std::optional<std::vector<std::string>> check_response(const std::string& method,
                                                         const std::string& url,
                                                         const ApiResponse& response);

 private:
  struct Parts;

  std::unique_ptr<Parts> parts_;
};

}  // namespace mscomm
