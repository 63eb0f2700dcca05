#include "core/http/form_field.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

constexpr std::string_view kType = "type=";
constexpr std::string_view kFilename = "filename=";

// Where a parameter begins, at its semicolon; the end of the text when there is none.
std::size_t find_parameter(std::string_view text) {
  for (auto at = text.find(';'); at != std::string_view::npos; at = text.find(';', at + 1)) {
    const auto rest = trim(text.substr(at + 1));
    if (rest.starts_with(kType) || rest.starts_with(kFilename)) {
      return at;
    }
  }
  return text.size();
}

class FormParser {
 public:
  FormParser(std::string_view text, std::string_view what) : text_(text), what_(what) {}

  FormField parse() {
    const auto equals = text_.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      fail(fmt::format("'{}' is not NAME=VALUE", text_), {});
    }
    FormField field;
    field.name = text_.substr(0, equals);
    rest_ = text_.substr(equals + 1);
    field.is_file = rest_.starts_with('@');
    rest_.remove_prefix(field.is_file ? 1 : 0);
    field.value = word();
    while (!rest_.empty()) {
      parameter(field);
    }
    if (field.is_file && field.value.empty()) {
      fail(fmt::format("the file of '{}' has no name", field.name),
           "NAME=@FILE sends a file; is a shell variable unset?");
    }
    return field;
  }

 private:
  // Up to the next parameter, which stays in rest_ with its semicolon.
  std::string word() {
    if (!rest_.starts_with('"')) {
      const auto end = find_parameter(rest_);
      std::string word(rest_.substr(0, end));
      rest_.remove_prefix(end);
      return word;
    }
    std::string word;
    std::size_t i = 1;
    for (; i < rest_.size() && rest_[i] != '"'; ++i) {
      const bool escapes =
          rest_[i] == '\\' && i + 1 < rest_.size() && (rest_[i + 1] == '"' || rest_[i + 1] == '\\');
      i += escapes ? 1 : 0;
      word += rest_[i];
    }
    const auto after = rest_.substr(std::min(i + 1, rest_.size()));
    if (i == rest_.size() || !(trim(after).empty() || trim(after).starts_with(';'))) {
      // No quotation: a text that happens to begin with a quote.
      const auto end = find_parameter(rest_);
      word = rest_.substr(0, end);
      rest_.remove_prefix(end);
      return word;
    }
    rest_ = trim(after);
    return word;
  }

  void parameter(FormField& field) {
    rest_ = trim(rest_.substr(1));
    if (rest_.starts_with(kType)) {
      rest_.remove_prefix(kType.size());
      const auto end = find_parameter(rest_);
      field.type = trim(rest_.substr(0, end));
      rest_.remove_prefix(end);
      check_type(field.type);
    } else if (rest_.starts_with(kFilename)) {
      rest_.remove_prefix(kFilename.size());
      field.filename = word();
      if (field.filename.empty()) {
        fail("the file name after ';filename=' is empty", "is a shell variable unset?");
      }
    } else {
      fail(fmt::format("'{}' is neither type=TYPE nor filename=NAME", rest_),
           "a text in double quotes may have any semicolon");
    }
  }

  void check_type(std::string_view type) const {
    const auto slash = type.find('/');
    const bool is_type = slash != std::string_view::npos && slash > 0 && slash + 1 < type.size();
    const bool is_printable =
        std::ranges::all_of(type, [](char c) { return c >= ' ' && c < 0x7f; });
    if (!is_type || !is_printable) {
      fail(fmt::format("'{}' is not a media type", visible(type)),
           "for example 'NAME=@FILE;type=application/json'");
    }
  }

  [[noreturn]] void fail(const std::string& message, std::string hint) const {
    throw Error(Exit::usage, fmt::format("{}: {}", what_, message), std::move(hint));
  }

  std::string_view text_;
  std::string_view what_;
  std::string_view rest_;
};

}  // namespace

FormField parse_form_field(std::string_view text, std::string_view what) {
  return FormParser(text, what).parse();
}

}  // namespace mscomm
