#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mscomm {

/// A path template of OpenAPI (3.0.3 section 4.7.8.1), "/pets/{id}.json", taken apart.
class PathTemplate {
 public:
  explicit PathTemplate(std::string text);

  [[nodiscard]] const std::string& text() const { return text_; }

  using Values = std::vector<std::pair<std::string, std::string>>;
  /// The values of its parameters, still percent-encoded, when the end of the path matches; nothing
  /// when it does not. `base` gets the part of `path` before the match. A parameter matches one
  /// character or more, but no slash.
  [[nodiscard]] std::optional<Values> match_end(std::string_view path,
                                                std::string_view& base) const;

  /// Concrete templates come before those with parameters, segment by segment.
  [[nodiscard]] bool is_more_concrete_than(const PathTemplate& other) const;

  /// How similar a path is that does not match, higher is closer; for suggestions.
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

}  // namespace mscomm
