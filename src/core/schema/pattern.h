#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace mscomm {

/// A regular expression of ECMA-262 in Unicode mode, as in schemas, matched by PCRE2 anywhere in a
/// text.
class Pattern {
 public:
  /// Throws Error{usage} with the error and its position.
  explicit Pattern(std::string text);
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  /// Whether the pattern matches in UTF-8 text; it never matches in other bytes. Throws
  /// Error{failed} when a match exceeds the limits on steps or memory.
  [[nodiscard]] bool is_found_in(std::string_view subject) const;

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Compiled;

  std::string text_;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace mscomm
