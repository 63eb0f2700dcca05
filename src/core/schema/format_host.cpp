#include "core/schema/format_host.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/runtime/idn2_library.h"

namespace mscomm {
namespace {

bool is_host_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_host_digit(char c) { return c >= '0' && c <= '9'; }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_all_ascii(std::string_view text) { return std::ranges::all_of(text, is_ascii); }

// The first code point of UTF-8 text, which is removed from it.
char32_t take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  char32_t point = size == 1 ? first : first & (0xffU >> (size + 1));
  for (const char c : text.substr(1, size - 1)) {
    point = point << 6U | (static_cast<unsigned char>(c) & 0x3fU);
  }
  text.remove_prefix(std::min(size, text.size()));
  return point;
}

bool is_between(char32_t point, char32_t first, char32_t last) {
  return first <= point && point <= last;
}

bool begins_as_a_label(std::string_view label) {
  return label.size() > 4 && (label[0] == 'x' || label[0] == 'X') &&
         (label[1] == 'n' || label[1] == 'N') && label.substr(2, 2) == "--";
}

// RFC 1123 section 2.1, RFC 1035 section 2.3.4
bool is_host_label(std::string_view label) {
  constexpr std::size_t kMost = 63;
  return !label.empty() && label.size() <= kMost && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(
             label, [](char c) { return is_host_letter(c) || is_host_digit(c) || c == '-'; }) &&
         (!begins_as_a_label(label) || is_a_label(std::string(label)));
}

// The labels of a name. The other dots are those of RFC 3490 section 3.1, which people type.
std::vector<std::string_view> labels_of(std::string_view name) {
  std::vector<std::string_view> labels;
  auto rest = name;
  std::size_t begin = 0;
  while (!rest.empty()) {
    const auto at = name.size() - rest.size();
    const auto point = take_code_point(rest);
    if (point == U'.' || point == U'\u3002' || point == U'\uff0e' || point == U'\uff61') {
      labels.push_back(name.substr(begin, at - begin));
      begin = name.size() - rest.size();
    }
  }
  labels.push_back(name.substr(begin));
  return labels;
}

// Whether a character is in a block of scripts that are written from right to left.
bool is_right_to_left(char32_t point) {
  return is_between(point, 0x590, 0x8ff) || is_between(point, 0xfb1d, 0xfdff) ||
         is_between(point, 0xfe70, 0xfeff) || is_between(point, 0x10800, 0x10fff) ||
         is_between(point, 0x1e800, 0x1efff);
}

bool has_right_to_left(std::string_view label) {
  while (!label.empty()) {
    if (is_right_to_left(take_code_point(label))) {
      return true;
    }
  }
  return false;
}

// RFC 5893 section 2, rule 4: what is written from right to left has digits of one kind.
bool has_digits_of_two_kinds(std::string_view label) {
  bool has_european = false;
  bool has_arabic = false;
  while (!label.empty()) {
    const auto point = take_code_point(label);
    has_european = has_european || is_between(point, U'0', U'9');
    has_arabic = has_arabic || is_between(point, 0x660, 0x669);
  }
  return has_european && has_arabic;
}

// RFC 5891 section 4; RFC 5893 section 2 wants of each label of a name with one that is written
// from right to left that it does not begin with a digit.
bool is_international_name(std::string_view name, bool is_normal) {
  constexpr std::size_t kMost = 253;
  const auto labels = labels_of(name);
  const bool is_bidirectional = std::ranges::any_of(labels, has_right_to_left);
  std::size_t size = labels.size() - 1;
  for (const auto label : labels) {
    const auto ascii =
        is_all_ascii(label)
            ? (is_host_label(label) ? std::optional<std::string>(label) : std::nullopt)
            : a_label_of(std::string(label), is_normal);
    if (!ascii ||
        (is_bidirectional && (is_host_digit(label.front()) || has_digits_of_two_kinds(label)))) {
      return false;
    }
    size += ascii->size();
  }
  return size <= kMost && name.find('\0') == std::string_view::npos;
}

// RFC 5321 section 4.1.2: Dot-string; RFC 6531 section 3.3 adds what is not ASCII to it.
bool is_dot_string(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~.";
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos && std::ranges::all_of(text, [&](char c) {
           return !is_ascii(c) || is_host_letter(c) || is_host_digit(c) ||
                  kMarks.find(c) != std::string_view::npos;
         });
}

// RFC 5321 section 4.1.2: Quoted-string, with the same.
bool is_quoted_string(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') {
    return false;
  }
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escaped = text[i] == '\\';
    i += is_escaped ? 1 : 0;
    if (i == text.size() || (is_ascii(text[i]) && (text[i] < ' ' || text[i] > '~')) ||
        (text[i] == '"' && !is_escaped)) {
      return false;
    }
  }
  return true;
}

bool is_address_literal(std::string_view text) {
  constexpr std::string_view kIpv6 = "[IPv6:";
  if (!text.starts_with('[') || !text.ends_with(']')) {
    return false;
  }
  return text.starts_with(kIpv6)
             ? is_ip_address(AF_INET6, text.substr(kIpv6.size(), text.size() - kIpv6.size() - 1))
             : is_ip_address(AF_INET, text.substr(1, text.size() - 2));
}

}  // namespace

bool is_ip_address(int family, std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return text.find('\0') == std::string_view::npos &&
         inet_pton(family, std::string(text).c_str(), address.data()) == 1;
}

bool is_hostname(std::string_view text) { return is_all_ascii(text) && is_idn_hostname(text); }

bool is_idn_hostname(std::string_view text) { return is_international_name(text, true); }

bool is_email(std::string_view text) { return is_all_ascii(text) && is_idn_email(text); }

bool is_idn_email(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) {
    return false;
  }
  const auto local = text.substr(0, at);
  const auto domain = text.substr(at + 1);
  return (is_dot_string(local) || is_quoted_string(local)) &&
         (is_address_literal(domain) || is_international_name(domain, false));
}

std::string iri_as_uri(std::string_view iri) {
  std::string uri;
  bool is_query = false;  // the only part that may have characters for private use
  while (!iri.empty()) {
    const auto rest = iri;
    const auto point = take_code_point(iri);
    is_query = point == U'?' || (is_query && point != U'#');
    const bool is_character =
        is_between(point, 0xa0, 0xd7ff) || is_between(point, 0xf900, 0xfdcf) ||
        is_between(point, 0xfdf0, 0xffef) ||
        (is_between(point, 0x10000, 0xefffd) && (point & 0xfffeU) != 0xfffe) ||
        (is_query && (is_between(point, 0xe000, 0xf8ff) || is_between(point, 0xf0000, 0x10fffd)));
    for (const char c : rest.substr(0, rest.size() - iri.size())) {
      uri +=
          is_character ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
    }
  }
  return uri;
}

}  // namespace mscomm
