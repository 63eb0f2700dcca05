#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/contract/openapi_exchange.h"
#include "core/document/document_files.h"
#include "core/schema/json_schema.h"

namespace mscomm {

/// An OpenAPI description (3.0 or 3.1), which judges requests and responses. Only the operations
/// that are asked for are compiled. For one thread; files are shared through DocumentFiles.
class OpenApi {
 public:
  /// Throws Error{usage} when the file is not an OpenAPI description, Error{io} when it cannot be
  /// read.
  /// `max_steps` is that of SchemaOptions.
  OpenApi(const std::string& path, std::shared_ptr<DocumentFiles> files,
          std::size_t max_steps = SchemaOptions().max_steps);
  OpenApi(OpenApi&&) noexcept;
  OpenApi& operator=(OpenApi&&) noexcept;
  ~OpenApi();

  /// What is wrong with a request, a line for each, harmless on a terminal: an operation that is
  /// not described, parameters, the body. Compiles all of the operation, its responses too: throws
  /// Error{usage} naming file and place for what the description has wrong there.
  std::vector<std::string> check_request(const ApiRequest& request);

  /// What is wrong with the response to a request: status, headers, media type, body. Nothing when
  /// the request's operation is not described.
  std::optional<std::vector<std::string>> check_response(const std::string& method,
                                                         const std::string& url,
                                                         const ApiResponse& response);

 private:
  struct Parts;

  std::unique_ptr<Parts> parts_;
};

}  // namespace mscomm
