#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/http/http.h"

namespace mscomm {

/// Adds a line of a response's head, without its line end. The first is its status line; one that
/// begins with a space or a tab goes on with the header before it (RFC 9112 section 5.2).
void add_head_line(HttpResponse& response, std::string_view line);

/// Forgets what came of a head, so that another can follow.
void clear_head(HttpResponse& response);

/// `Name: value` in two, both trimmed.
HttpHeader split_header(std::string_view line);

/// A Content-Length by which nobody can tell where the body ends: no number, or several that
/// differ (RFC 9112 section 6.3). Nothing when it is good, absent, or overridden by a
/// Transfer-Encoding.
std::optional<std::string> bad_content_length(const HttpHeaders& headers);

}  // namespace mscomm
