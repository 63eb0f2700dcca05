#include "core/document/yaml_scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "core/document/json_value.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

bool is_one_of(std::string_view text, const auto& words) {
  return std::ranges::find(words, text) != words.end();
}

bool is_decimal_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_at(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_decimal_digit) - text.begin());
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_float(std::string_view text) {
  const auto skip_sign = [&text] {
    text.remove_prefix(text.starts_with('-') || text.starts_with('+') ? 1 : 0);
  };
  const auto skip_digits = [&text] {
    const auto count = digits_at(text);
    text.remove_prefix(count);
    return count;
  };
  skip_sign();
  auto digits = skip_digits();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += skip_digits();
  }
  if (digits > 0 && (text.starts_with('e') || text.starts_with('E'))) {
    text.remove_prefix(1);
    skip_sign();
    digits = skip_digits();
  }
  return digits > 0 && text.empty();
}

template <class Number>
std::optional<Json> whole_number(std::string_view text, int base) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size() ? std::optional<Json>(number)
                                                                  : std::nullopt;
}

std::optional<Json> finite_number(double number) {
  return std::isfinite(number) ? std::optional<Json>(number) : std::nullopt;
}

std::optional<Json> decimal_number(std::string_view text) {
  text.remove_prefix(text.starts_with('+') ? 1 : 0);
  if (digits_at(text) == text.size()) {
    if (auto number = whole_number<std::uint64_t>(text, 10)) {
      return number;
    }
  } else if (auto number = whole_number<std::int64_t>(text, 10)) {
    return number;
  }
  // Unlike std::from_chars, strtod tells a number that is too large from one that is too small.
  return finite_number(std::strtod(std::string(text).c_str(), nullptr));
}

// 0o17 or 0x1F
bool is_based(std::string_view text) {
  const auto digits = text.starts_with("0o")   ? std::string_view("01234567")
                      : text.starts_with("0x") ? std::string_view("0123456789ABCDEFabcdef")
                                               : std::string_view();
  return !digits.empty() && text.size() > 2 &&
         text.find_first_not_of(digits, 2) == std::string_view::npos;
}

std::optional<Json> based_number(std::string_view text) {
  const int base = text[1] == 'o' ? 8 : 16;
  text.remove_prefix(2);
  if (auto number = whole_number<std::uint64_t>(text, base)) {
    return number;
  }
  double number = 0;  // beyond 64 bits a double, as for decimal numbers
  for (const char* c = text.begin(); c != text.end(); ++c) {
    int digit = 0;
    std::from_chars(c, c + 1, digit, base);
    number = number * base + digit;
  }
  return finite_number(number);
}

// Nothing for numbers that JSON does not have.
std::optional<Json> plain_scalar(std::string_view text) {
  static constexpr std::array<std::string_view, 5> kNulls{"", "~", "null", "Null", "NULL"};
  static constexpr std::array<std::string_view, 3> kTrue{"true", "True", "TRUE"};
  static constexpr std::array<std::string_view, 3> kFalse{"false", "False", "FALSE"};
  static constexpr std::array<std::string_view, 12> kNotInJson{".inf",  ".Inf",  ".INF",  "+.inf",
                                                               "+.Inf", "+.INF", "-.inf", "-.Inf",
                                                               "-.INF", ".nan",  ".NaN",  ".NAN"};
  if (is_one_of(text, kNulls)) {
    return Json();
  }
  if (is_one_of(text, kTrue) || is_one_of(text, kFalse)) {
    return Json(is_one_of(text, kTrue));
  }
  if (is_one_of(text, kNotInJson)) {
    return std::nullopt;
  }
  if (is_float(text)) {
    return decimal_number(text);
  }
  if (is_based(text)) {
    return based_number(text);
  }
  return Json(std::string(text));
}

}  // namespace

std::optional<Json> scalar_value(std::string text, std::string_view tag, bool is_plain,
                                 std::string& problem) {
  static constexpr std::string_view kCore = "tag:yaml.org,2002:";
  static constexpr std::array<std::string_view, 3> kTexts{"str", "timestamp", "binary"};
  if (tag == "!" || (tag.empty() && !is_plain)) {
    return text;
  }
  const auto type = tag.starts_with(kCore) ? tag.substr(kCore.size()) : std::string_view();
  if (is_one_of(type, kTexts)) {
    return text;
  }
  auto value = plain_scalar(text);
  if (!value) {
    problem = fmt::format("JSON has no number {}", text);
  } else if (const bool fits = tag.empty() || (type == "null" && value->is_null()) ||
                               (type == "bool" && value->is_boolean()) ||
                               (type == "int" && value->is_number_integer()) ||
                               (type == "float" && value->is_number());
             !fits) {
    problem = fmt::format("{} is not of the tag {}", in_quotes(text), in_quotes(tag));
    value.reset();
  }
  return value;
}

}  // namespace mscomm
