#include "core/expression/reach.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mscomm {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_in_word(char c) { return is_letter(c) || is_digit(c); }

// Reads a program as a row of paths, words, literals and signs, and stops at the first that may
// lead to the whole input.
class ReachReader {
 public:
  ReachReader(std::string_view program, std::span<const std::string_view> members)
      : rest_(program), members_(members) {}

  bool may_read() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
        rest_.remove_prefix(1);
      } else if (!take(c)) {
        return true;
      }
    }
    return false;
  }

 private:
  // What stands before: a value that a path goes on from, a pipe, or neither.
  enum class Before { value, pipe, sign };

  bool take(char c) {
    const auto before = std::exchange(before_, Before::value);
    if (c == '.') {
      return path(before);
    }
    if (c == '"') {
      return string();
    }
    if (is_letter(c)) {
      return word(before);
    }
    return is_digit(c) ? number() : sign(c);
  }

  // `.name`, from the input or from what is before it. A dot alone may be the input, as may `.[]`.
  bool path(Before before) {
    const char next = rest_.size() > 1 ? rest_[1] : '\0';
    if (is_digit(next)) {
      return number();
    }
    rest_.remove_prefix(1);
    const bool continues = before == Before::value;
    if (!is_letter(next)) {
      return continues && next == '"';
    }
    const auto name = take_while(is_in_word);
    return continues || std::ranges::find(members_, name) == members_.end();
  }

  // Without `\(…)`, which holds a program.
  bool string() {
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return true;
      }
      if (rest_[i] == '\\' && ++i < rest_.size() && rest_[i] == '(') {
        return false;
      }
    }
    return false;
  }

  // A function right after a pipe is given what is before it; elsewhere it has the whole input.
  bool word(Before before) {
    constexpr std::array<std::string_view, 3> kValues{"null", "true", "false"};
    constexpr std::array<std::string_view, 12> kSyntax{"as",    "def",    "reduce",  "foreach",
                                                       "label", "import", "include", "if",
                                                       "then",  "elif",   "else",    "try"};
    const auto name = take_while(is_in_word);
    if (name == "and" || name == "or") {
      before_ = Before::sign;
      return true;
    }
    return std::ranges::find(kValues, name) != kValues.end() ||
           (before == Before::pipe && std::ranges::find(kSyntax, name) == kSyntax.end());
  }

  bool number() {
    take_while(is_digit);
    if (rest_.starts_with('.')) {
      rest_.remove_prefix(1);
      take_while(is_digit);
    }
    if (rest_.starts_with('e') || rest_.starts_with('E')) {
      const std::size_t sign = rest_.size() > 1 && (rest_[1] == '-' || rest_[1] == '+') ? 1 : 0;
      if (rest_.size() > 1 + sign && is_digit(rest_[1 + sign])) {
        rest_.remove_prefix(1 + sign);
        take_while(is_digit);
      }
    }
    return true;
  }

  // Not `$`, `@` and `#`, nor `{`, in which a word is a member of the input, nor what assigns: its
  // result is the changed input.
  bool sign(char c) {
    constexpr std::string_view kPlain = "()[]|,:;+-*/%?<>";
    constexpr std::string_view kEndsValue = ")]?";
    constexpr std::array<std::string_view, 4> kComparisons{"==", "!=", "<=", ">="};
    const bool compares = std::ranges::find(kComparisons, rest_.substr(0, 2)) != kComparisons.end();
    rest_.remove_prefix(compares ? 2 : 1);
    before_ = c == '|'                                       ? Before::pipe
              : kEndsValue.find(c) != std::string_view::npos ? Before::value
                                                             : Before::sign;
    const bool assigns = !compares && rest_.starts_with('=');
    return compares || (!assigns && kPlain.find(c) != std::string_view::npos);
  }

  template <class Is>
  std::string_view take_while(const Is& is) {
    const auto end = std::ranges::find_if_not(rest_, is);
    const auto taken = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
  std::span<const std::string_view> members_;
  Before before_ = Before::sign;
};

}  // namespace

bool may_read(std::string_view program, std::span<const std::string_view> members) {
  return ReachReader(program, members).may_read();
}

}  // namespace mscomm
