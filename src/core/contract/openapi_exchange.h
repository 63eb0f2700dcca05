#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mscomm {

/// Names and values, in the order in which they are sent.
using ApiHeaders = std::vector<std::pair<std::string, std::string>>;

struct ApiRequest {
  std::string method;
  std::string url;
  ApiHeaders headers;
  std::optional<std::string> body;  ///< absent: no body; for a multipart form any text
};

struct ApiResponse {
  int status = 0;
  ApiHeaders headers;
  std::string body;
};

}  // namespace mscomm
