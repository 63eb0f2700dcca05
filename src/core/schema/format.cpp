#include "core/schema/format.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/document/json_pointer.h"
#include "core/runtime/error.h"
#include "core/runtime/idn2_library.h"
#include "core/runtime/uri.h"
#include "core/schema/format_time.h"
#include "core/schema/pattern.h"

namespace mscomm {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_decimal(char c) { return c >= '0' && c <= '9'; }
bool is_hexadecimal(char c) {
  return is_decimal(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

template <int Family>
bool is_address(std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return text.find('\0') == std::string_view::npos &&
         inet_pton(Family, std::string(text).c_str(), address.data()) == 1;
}

bool begins_as_a_label(std::string_view label) {
  return label.size() > 4 && (label[0] == 'x' || label[0] == 'X') &&
         (label[1] == 'n' || label[1] == 'N') && label.substr(2, 2) == "--";
}

// RFC 1123 section 2.1, RFC 1035 section 2.3.4
bool is_host_label(std::string_view label) {
  constexpr std::size_t kMost = 63;
  return !label.empty() && label.size() <= kMost && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label,
                             [](char c) { return is_letter(c) || is_decimal(c) || c == '-'; }) &&
         (!begins_as_a_label(label) || is_a_label(std::string(label)));
}

bool is_hostname(std::string_view text) {
  constexpr std::size_t kMost = 253;
  if (text.size() > kMost) {
    return false;
  }
  for (auto dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    if (!is_host_label(text.substr(0, dot))) {
      return false;
    }
    text.remove_prefix(dot + 1);
  }
  return is_host_label(text);
}

// RFC 5321 section 4.1.2: Dot-string
bool is_dot_string(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~.";
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos && std::ranges::all_of(text, [&](char c) {
           return is_letter(c) || is_decimal(c) || kMarks.find(c) != std::string_view::npos;
         });
}

// RFC 5321 section 4.1.2: Quoted-string
bool is_quoted_string(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') {
    return false;
  }
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escaped = text[i] == '\\';
    i += is_escaped ? 1 : 0;
    if (i == text.size() || text[i] < ' ' || text[i] > '~' || (text[i] == '"' && !is_escaped)) {
      return false;
    }
  }
  return true;
}

bool is_mail_domain(std::string_view text) {
  constexpr std::string_view kIpv6 = "[IPv6:";
  if (!text.starts_with('[') || !text.ends_with(']')) {
    return is_hostname(text);
  }
  return text.starts_with(kIpv6)
             ? is_address<AF_INET6>(text.substr(kIpv6.size(), text.size() - kIpv6.size() - 1))
             : is_address<AF_INET>(text.substr(1, text.size() - 2));
}

bool is_email(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) {
    return false;
  }
  const auto local = text.substr(0, at);
  return (is_dot_string(local) || is_quoted_string(local)) && is_mail_domain(text.substr(at + 1));
}

bool is_uuid(std::string_view text) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return std::ranges::equal(
      text, kShape, [](char c, char shape) { return shape == '-' ? c == '-' : is_hexadecimal(c); });
}

bool is_json_pointer(std::string_view text) { return pointer_steps(text).has_value(); }

bool is_relative_json_pointer(std::string_view text) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || (digits > 1 && text.front() == '0')) {
    return false;
  }
  text.remove_prefix(digits);
  return text == "#" || is_json_pointer(text);
}

bool is_regex(std::string_view text) {
  try {
    const Pattern pattern{std::string(text)};
    return true;
  } catch (const Error& error) {
    return false;
  }
}

struct Format {
  std::string_view name;
  FormatTest test;
};

constexpr std::array kFormats{
    Format{"date-time", is_date_time},
    Format{"date", is_date},
    Format{"time", is_time},
    Format{"duration", is_duration},
    Format{"email", is_email},
    Format{"hostname", is_hostname},
    Format{"ipv4", is_address<AF_INET>},
    Format{"ipv6", is_address<AF_INET6>},
    Format{"uri", is_uri},
    Format{"uri-reference", is_uri_reference},
    Format{"uuid", is_uuid},
    Format{"json-pointer", is_json_pointer},
    Format{"relative-json-pointer", is_relative_json_pointer},
    Format{"regex", is_regex},
};

}  // namespace

FormatTest find_format(std::string_view name) {
  const auto* const found = std::ranges::find(kFormats, name, &Format::name);
  return found == kFormats.end() ? nullptr : found->test;
}

}  // namespace mscomm
