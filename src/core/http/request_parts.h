#pragma once

#include <string_view>

#include "core/http/http.h"

namespace mscomm {

/// Parses a `-H` option as curl does: `Name: value` sends the header, `Name;` sends it empty,
/// `Name:` removes a default header. Throws Error{usage} beginning with `what` for a name that is
/// not a token (RFC 9110 section 5.1), for a value of blanks alone, which is what an unset shell
/// variable leaves, and for a line break in the value.
void add_header_option(HttpRequest& request, std::string_view text, std::string_view what);

/// Checks a header's value. Throws Error{usage} beginning with `what` when it cannot be sent (RFC
/// 9110 section 5.5).
void check_header_value(std::string_view name, std::string_view value, std::string_view what);

/// Sets a header unless the request already sets or removes it.
void add_default_header(HttpRequest& request, std::string_view name, std::string_view value);

/// Throws Error{usage} beginning with `what` unless it is a token (RFC 9110 section 9.1).
void check_method(std::string_view method, std::string_view what);

}  // namespace mscomm
