#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/contract/openapi_document.h"

namespace mscomm {

/// A path template of OpenAPI (3.0.3 section 4.7.8.1), "/pets/{id}.json", taken apart.
class PathTemplate {
 public:
  explicit PathTemplate(std::string text);

  [[nodiscard]] const std::string& text() const { return text_; }

  using Values = std::vector<std::pair<std::string, std::string>>;
  /// The values of its parameters, still percent-encoded, when the end of the path matches it:
  /// what comes before in `path` is left in `base`. A parameter takes one character or more and no
  /// slash. Nothing when it does not match.
  [[nodiscard]] std::optional<Values> match_end(std::string_view path,
                                                std::string_view& base) const;

  /// Concrete templates come before those with parameters, segment by segment.
  [[nodiscard]] bool is_more_concrete_than(const PathTemplate& other) const;

  /// How much of a path that does not match is as it should be; for suggestions.
  [[nodiscard]] std::size_t likeness(std::string_view path) const;

 private:
  struct Part {
    std::string text;  // a literal, or the name of a parameter
    bool is_parameter;
  };
  using Segment = std::vector<Part>;

  static bool match_segment(const Segment& segment, std::string_view text, Values& values);

  std::string text_;
  std::vector<Segment> segments_;
};

/// An operation of the description that a request is for.
struct ApiMatch {
  std::string member;          ///< of the path item: "get", also for a HEAD that it has not
  std::string path;            ///< the template
  std::vector<ApiNode> items;  ///< the path item, and what it refers to
  std::optional<ApiNode> operation;
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

  [[nodiscard]] Bases bases_of(const ApiNode& owner) const;
  const Bases& root_bases();
  bool has_base(const ApiMatch& match, std::string_view base);
  [[nodiscard]] ApiMatch open(const ApiNode& path, const std::string& method);
  [[nodiscard]] static std::string no_method(const std::string& method, const ApiMatch& match);
  std::string no_path(const std::string& path);
  [[nodiscard]] std::string near_paths(std::string_view path) const;

  ApiDocument& document_;
  std::vector<std::pair<PathTemplate, ApiNode>> templates_;  // the most concrete first
  std::optional<Bases> root_bases_;
};

}  // namespace mscomm
