#pragma once

#include <string_view>

namespace mscomm {

/// Tests a text against one value of the keyword "format".
using FormatTest = bool (*)(std::string_view text);

/// The test of the format with that name; nullptr for an unknown name, which accepts any text.
/// Known are date-time, date, time and duration (RFC 3339), email (RFC 5321), hostname (RFC 1123),
/// ipv4, ipv6, uri and uri-reference (RFC 3986), uuid (RFC 4122), json-pointer and
/// relative-json-pointer, and regex (ECMA-262).
FormatTest find_format(std::string_view name);

}  // namespace mscomm
