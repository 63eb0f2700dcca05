#include "core/schema/ecma_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "core/document/json_value.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

struct Category {
  std::string_view name;
  std::string_view short_name;
};

// Long names of values of General_Category (Unicode's PropertyValueAliases.txt). PCRE2 knows the
// short names, and scripts and binary properties by their long names.
constexpr std::array kCategories{Category{"Cased_Letter", "L&"},
                                 Category{"Close_Punctuation", "Pe"},
                                 Category{"Combining_Mark", "M"},
                                 Category{"Connector_Punctuation", "Pc"},
                                 Category{"Control", "Cc"},
                                 Category{"Currency_Symbol", "Sc"},
                                 Category{"Dash_Punctuation", "Pd"},
                                 Category{"Decimal_Number", "Nd"},
                                 Category{"Enclosing_Mark", "Me"},
                                 Category{"Final_Punctuation", "Pf"},
                                 Category{"Format", "Cf"},
                                 Category{"Initial_Punctuation", "Pi"},
                                 Category{"LC", "L&"},
                                 Category{"Letter", "L"},
                                 Category{"Letter_Number", "Nl"},
                                 Category{"Line_Separator", "Zl"},
                                 Category{"Lowercase_Letter", "Ll"},
                                 Category{"Mark", "M"},
                                 Category{"Math_Symbol", "Sm"},
                                 Category{"Modifier_Letter", "Lm"},
                                 Category{"Modifier_Symbol", "Sk"},
                                 Category{"Nonspacing_Mark", "Mn"},
                                 Category{"Number", "N"},
                                 Category{"Open_Punctuation", "Ps"},
                                 Category{"Other", "C"},
                                 Category{"Other_Letter", "Lo"},
                                 Category{"Other_Number", "No"},
                                 Category{"Other_Punctuation", "Po"},
                                 Category{"Other_Symbol", "So"},
                                 Category{"Paragraph_Separator", "Zp"},
                                 Category{"Private_Use", "Co"},
                                 Category{"Punctuation", "P"},
                                 Category{"Separator", "Z"},
                                 Category{"Space_Separator", "Zs"},
                                 Category{"Spacing_Mark", "Mc"},
                                 Category{"Surrogate", "Cs"},
                                 Category{"Symbol", "S"},
                                 Category{"Titlecase_Letter", "Lt"},
                                 Category{"Unassigned", "Cn"},
                                 Category{"Uppercase_Letter", "Lu"},
                                 Category{"cntrl", "Cc"},
                                 Category{"digit", "Nd"},
                                 Category{"punct", "P"}};

// WhiteSpace and LineTerminator of ECMA-262, spelled out instead of \p{Zs}, because in a class a
// range may follow.
constexpr std::string_view kWhiteSpace =
    "\\t-\\r \\u00A0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000\\uFEFF";

class Translator {
 public:
  explicit Translator(std::string_view text) : text_(text) {}

  std::string translate() {
    while (at_ < text_.size()) {
      if (text_[at_] == '\\') {
        take_escape();
      } else {
        take_character();
      }
    }
    return std::move(out_);
  }

 private:
  void take_character() {
    const char c = text_[at_++];
    if (!in_class_ && c == '(') {
      check_group();
    }
    if (in_class_ && c == '[') {
      out_ += '\\';  // "[:" would begin a POSIX class in PCRE2
    }
    in_class_ = c == '[' || (in_class_ && c != ']');
    out_ += c;
  }

  // In PCRE2 "(*" begins a verb, and "(?" has more forms than in ECMA-262.
  void check_group() const {
    constexpr std::string_view kKinds = ":=!<";
    const char kind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (next() == '*' || (next() == '?' && kKinds.find(kind) == std::string_view::npos)) {
      refuse("this is no group of ECMA-262");
    }
  }

  void take_escape() {
    const char letter = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    const auto start = at_;
    at_ += 2;
    switch (letter) {
      case 's':
        out_ += fmt::format("{}{}{}", in_class_ ? "" : "[", kWhiteSpace, in_class_ ? "" : "]");
        return;
      case 'S':
        // Inside a class PCRE2's own \S must do; it covers only ASCII.
        out_ += in_class_ ? "\\S" : fmt::format("[^{}]", kWhiteSpace);
        return;
      case 'v':  // in PCRE2 any vertical space
        out_ += "\\x0B";
        return;
      case '0':
        out_ += "\\x00";
        return;
      case 'p':
      case 'P':
        take_property(letter);
        return;
      case 'u':
        take_code_unit();
        return;
      default:
        at_ = start;
        copy_escape(letter);
    }
  }

  // Copies an escape with the same meaning in both. A letter without a meaning is an error in
  // ECMA-262's Unicode mode; in PCRE2 it often has one.
  void copy_escape(char letter) {
    constexpr std::string_view kLetters = "bBdDwWfnrtxck";
    const bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    if (at_ + 1 >= text_.size() || (is_letter && kLetters.find(letter) == std::string_view::npos)) {
      refuse("this is no escape of ECMA-262");
    }
    out_ += text_.substr(at_, 2);
    at_ += 2;
  }

  void take_property(char letter) {
    const auto end = text_.find('}', at_);
    if (next() != '{' || end == std::string_view::npos) {
      refuse("a property stands in braces");
    }
    auto name = text_.substr(at_ + 1, end - at_ - 1);
    for (const std::string_view prefix : {"General_Category=", "gc="}) {
      name.remove_prefix(name.starts_with(prefix) ? prefix.size() : 0);
    }
    const auto* const category = std::ranges::find(kCategories, name, &Category::name);
    out_ += fmt::format("\\{}{{{}}}", letter,
                        category == kCategories.end() ? name : category->short_name);
    at_ = end + 1;
  }

  // The code unit in the four hexadecimal digits at `from`.
  [[nodiscard]] std::optional<std::uint32_t> code_unit(std::size_t from) const {
    std::uint32_t unit = 0;
    for (std::size_t i = from; i < from + 4; ++i) {
      constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
      const auto digit = i < text_.size() ? kDigits.find(text_[i]) : std::string_view::npos;
      if (digit == std::string_view::npos) {
        return std::nullopt;
      }
      unit = unit * 16 + static_cast<std::uint32_t>(digit < 16 ? digit : digit - 6);
    }
    return unit;
  }

  // Translates \uXXXX and \u{X...}; a surrogate pair is one character.
  void take_code_unit() {
    const auto unit = code_unit(at_);
    if (!unit) {
      if (next() != '{') {
        refuse("\\u stands before four hexadecimal digits");
      }
      out_ += "\\u";
      return;
    }
    at_ += 4;
    const bool is_pair = *unit >= 0xD800 && *unit < 0xDC00 && text_.substr(at_).starts_with("\\u");
    const auto low = is_pair ? code_unit(at_ + 2) : std::nullopt;
    if (low && *low >= 0xDC00 && *low < 0xE000) {
      out_ += fmt::format("\\u{{{:X}}}", 0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00));
      at_ += 6;
    } else {
      out_ += fmt::format("\\u{:04X}", *unit);
    }
  }

  [[nodiscard]] char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  [[noreturn]] void refuse(std::string_view reason) const {
    throw Error(Exit::usage, fmt::format("{} is not a regular expression: {} (at its byte {})",
                                         in_quotes(text_), reason, at_));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool in_class_ = false;
  std::string out_;
};

}  // namespace

std::string pcre2_pattern(std::string_view ecma_pattern) {
  return Translator(ecma_pattern).translate();
}

}  // namespace mscomm
