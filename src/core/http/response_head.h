#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/http/http.h"

namespace mscomm {

/// Adds a line of a response's head, without its line end. The first is the status line; a line
/// that begins with a space or a tab continues the header before it (RFC 9112 section 5.2).
void add_head_line(HttpResponse& response, std::string_view line);

/// Clears the head, for the next one.
void clear_head(HttpResponse& response);

/// Whether the header says that the body comes in chunks, whose end is marked (RFC 9112 section
/// 7.1).
bool announces_chunks(std::string_view line);

/// Splits `Name: value`; both parts are trimmed.
HttpHeader split_header(std::string_view line);

/// Why the Content-Length does not say where the body ends: not a number, or several that differ
/// (RFC 9112 section 6.3). Nothing when it is valid, absent, or overridden by a Transfer-Encoding.
std::optional<std::string> bad_content_length(const HttpHeaders& headers);

}  // namespace mscomm
