#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/contract/openapi_document.h"
#include "core/contract/openapi_template.h"

namespace mscomm {

/// An operation of the description that a request is for.
struct ApiMatch {
  std::string member;               ///< of the path item: "get", also for a HEAD that it has not
  std::string path;                 ///< the template
  std::vector<DocumentNode> items;  ///< the path item, and what it refers to
  std::optional<DocumentNode> operation;
  PathTemplate::Values values;

  /// "GET /pets/{id}", for messages.
  [[nodiscard]] std::string title() const;
};

/// Finds operations.
class ApiPaths {
 public:
  /// Throws Error{usage} when `paths` or `servers` are not what they should be.
  explicit ApiPaths(ApiDocument& document);

  /// The operation for a request, or without one in the result what is wrong, in `problem`.
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
