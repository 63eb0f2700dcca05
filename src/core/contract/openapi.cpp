#include "core/contract/openapi.h"

#include <map>
#include <utility>

#include "core/contract/openapi_document.h"
#include "core/contract/openapi_operation.h"
#include "core/contract/openapi_paths.h"
#include "core/runtime/text.h"

namespace mscomm {

struct OpenApi::Parts {
  struct Found {
    std::string method;
    std::string url;
    std::optional<ApiMatch> match;
    std::string problem;  // why there is no match
  };

  Parts(const std::string& path, std::shared_ptr<DocumentFiles> files, std::size_t max_steps)
      : document(path, std::move(files), max_steps), paths(document) {}

  // Keeps the last match: a response follows its request, and a load run repeats one request.
  const std::optional<ApiMatch>& find(const std::string& method, const std::string& url,
                                      std::string& problem) {
    if (!last || last->method != method || last->url != url) {
      auto match = paths.find(method, url, problem);
      last = Found{method, url, std::move(match), problem};
    }
    problem = last->problem;
    return last->match;
  }

  const ApiOperation& operation(const ApiMatch& match) {
    const auto title = match.title();
    auto known = operations.find(title);
    if (known == operations.end()) {
      known = operations.emplace(title, ApiOperation(document, match)).first;
    }
    return known->second;
  }

  ApiDocument document;
  ApiPaths paths;
  std::map<std::string, ApiOperation> operations;
  std::optional<Found> last;
};

OpenApi::OpenApi(const std::string& path, std::shared_ptr<DocumentFiles> files,
                 std::size_t max_steps)
    : parts_(std::make_unique<Parts>(path, std::move(files), max_steps)) {}
OpenApi::OpenApi(OpenApi&&) noexcept = default;
OpenApi& OpenApi::operator=(OpenApi&&) noexcept = default;
OpenApi::~OpenApi() = default;

std::vector<std::string> OpenApi::check_request(const ApiRequest& request) {
  std::string problem;
  const auto& match = parts_->find(request.method, request.url, problem);
  if (!match) {
    return {in_one_line(problem)};
  }
  ApiReport report(parts_->document);
  parts_->operation(*match).check_request(request, match->values, report);
  return report.take();
}

std::optional<std::vector<std::string>> OpenApi::check_response(const std::string& method,
                                                                const std::string& url,
                                                                const ApiResponse& response) {
  std::string problem;
  const auto& match = parts_->find(method, url, problem);
  if (!match) {
    return std::nullopt;
  }
  const auto& operation = parts_->operation(*match);
  if (!operation.describes_responses()) {
    return std::nullopt;
  }
  ApiReport report(parts_->document);
  operation.check_response(method, response, report);
  return report.take();
}

}  // namespace mscomm
