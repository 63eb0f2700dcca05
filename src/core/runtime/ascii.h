#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace mscomm {

/// An ASCII letter in lower case, whatever the locale; any other byte as it is.
constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The text with its ASCII letters in lower case.
inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), ascii_lower);
  return lower;
}

/// Whether two texts are equal except for the case of ASCII letters.
inline bool same_ascii(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, ascii_lower, ascii_lower);
}

}  // namespace mscomm
