#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/contract/openapi_document.h"
#include "core/contract/openapi_template.h"

namespace mscomm {

/// The operation of the description that a request matches.
struct ApiMatch {
  std::string member;               ///< of the path item: "get", also for HEAD without a "head"
  std::string path;                 ///< the template
  std::vector<DocumentNode> items;  ///< the path item, and those it refers to
  std::optional<DocumentNode> operation;
  PathTemplate::Values values;

  /// "GET /pets/{id}", for messages.
  [[nodiscard]] std::string title() const;
};

/// Finds the operation for a request.
class ApiPaths {
 public:
  /// Throws Error{usage} when `paths` or `servers` are malformed.
  explicit ApiPaths(ApiDocument& document);

  /// The match for a request. If it is nothing or has no operation, `problem` says why.
  std::optional<ApiMatch> find(const std::string& method, std::string_view url,
                               std::string& problem);

 private:
  using Bases = std::vector<PathTemplate>;

  [[nodiscard]] Bases bases_of(const DocumentNode& owner) const;
  const Bases& root_bases();
  bool has_base(const ApiMatch& match, std::string_view base);
  [[nodiscard]] ApiMatch open(const DocumentNode& path, const std::string& method);
  [[nodiscard]] static std::string no_method(const std::string& method, const ApiMatch& match);
  std::string no_path(const std::string& path);
  [[nodiscard]] std::string near_paths(std::string_view path) const;

  ApiDocument& document_;
  std::vector<std::pair<PathTemplate, DocumentNode>> templates_;  // the most concrete first
  std::optional<Bases> root_bases_;
};

}  // namespace mscomm
