#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mscomm {

/// Whether the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view bytes);

/// Appends `text`, which must be UTF-8, as a JSON string with quotes. Control characters, DEL and
/// C1 controls included, are escaped, so that the result is harmless on a terminal.
void append_json_string(std::string& out, std::string_view text);

/// Standard base64 with padding (RFC 4648 section 4).
std::string base64_encode(std::string_view bytes);

/// Appends what base64_encode() returns.
void append_base64(std::string& out, std::string_view bytes);

/// The bytes, or nothing when `text` is not base64. Whitespace is not accepted.
std::optional<std::string> base64_decode(std::string_view text);

/// `bytes` with every control character except newline and tab, and every byte that is not UTF-8,
/// as `\x1b`, so that text from the network cannot control the terminal.
std::string visible(std::string_view bytes);

/// Replaces the escapes \n \r \t \0 \\ and \xNN. Throws Error{usage} beginning with `what` for any
/// other escape.
std::string unescape(std::string_view text, std::string_view what);

/// `text` without leading and trailing spaces and tabs.
std::string_view trim(std::string_view text);

}  // namespace mscomm
