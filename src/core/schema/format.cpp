#include "core/schema/format.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/document/json_pointer.h"
#include "core/runtime/error.h"
#include "core/runtime/uri.h"
#include "core/schema/format_host.h"
#include "core/schema/format_time.h"
#include "core/schema/pattern.h"

namespace mscomm {
namespace {

bool is_decimal(char c) { return c >= '0' && c <= '9'; }
bool is_hexadecimal(char c) {
  return is_decimal(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

template <int Family>
bool is_address(std::string_view text) {
  return is_ip_address(Family, text);
}

bool is_iri(std::string_view text) { return is_uri(iri_as_uri(text)); }
bool is_iri_reference(std::string_view text) { return is_uri_reference(iri_as_uri(text)); }

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
    Format{"idn-email", is_idn_email},
    Format{"hostname", is_hostname},
    Format{"idn-hostname", is_idn_hostname},
    Format{"ipv4", is_address<AF_INET>},
    Format{"ipv6", is_address<AF_INET6>},
    Format{"uri", is_uri},
    Format{"uri-reference", is_uri_reference},
    Format{"iri", is_iri},
    Format{"iri-reference", is_iri_reference},
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
