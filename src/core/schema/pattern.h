#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace mscomm {

/// A regular expression of ECMA-262 in its Unicode mode, as schemas have them, matched by PCRE2.
/// It may match anywhere in a text.
class Pattern {
 public:
  /// Throws Error{usage} that says what is wrong with it and where.
  explicit Pattern(std::string text);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  /// Whether the pattern is found in UTF-8 text; in what is not UTF-8 it is not. Throws
  /// Error{failed} when that takes more steps or memory than a pattern may.
  [[nodiscard]] bool is_found_in(std::string_view subject) const;

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Compiled;

  std::string text_;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace mscomm
