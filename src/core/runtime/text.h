#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mscomm {

/// Whether the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view bytes);

/// The code point of the character at the start of UTF-8 `text` if it is not ASCII and ends a line
/// or changes the direction of text, else 0: C1 controls (NEL among them), U+2028 and U+2029, and
/// the bidirectional controls by which text looks like another (https://trojansource.codes).
unsigned unseen_character(std::string_view text);

/// Appends `text`, which must be UTF-8, as a JSON string with quotes. Control characters, DEL and
/// those of unseen_character() are escaped, so that the result is harmless on a terminal and is one
/// line for everybody.
void append_json_string(std::string& out, std::string_view text);

/// As append_json_string(), without the quotes, so that a long text can come in pieces.
void append_json_text(std::string& out, std::string_view text);

/// The beginning of `text` that a piece of about `most` (> 3) bytes holds without cutting a
/// character of UTF-8; all of it when it is no longer.
std::string_view piece_of(std::string_view text, std::size_t most);

/// Standard base64 with padding (RFC 4648 section 4).
std::string base64_encode(std::string_view bytes);

/// Appends what base64_encode() returns.
void append_base64(std::string& out, std::string_view bytes);

/// The bytes, or nothing when `text` is not base64. Whitespace is not accepted.
std::optional<std::string> base64_decode(std::string_view text);

/// `bytes` with every control character except newline and tab, and every byte that is not UTF-8,
/// as `\x1b`, and those of unseen_character() as `\u202e`, so that text from the network cannot
/// control the terminal.
std::string visible(std::string_view bytes);

/// Appends what visible() returns.
void append_visible(std::string& out, std::string_view bytes);

/// As visible(), with newlines and tabs as `\n` and `\t`. All text from outside passes through this
/// before it stands in a line of ours, so that it begins none.
std::string in_one_line(std::string_view bytes);

/// Appends text from outside that has lines of its own, each as `before`, the line as in visible(),
/// and a newline. `before` marks a quotation, so that no line looks like ours: kQuoted.
void append_quoted_lines(std::string& out, std::string_view text, std::string_view before);
inline constexpr std::string_view kQuoted = "  | ";

/// append_quoted_lines() for a text that comes in pieces, none of which cuts a character.
class LineQuoter {
 public:
  LineQuoter(std::string& out, std::string_view before) : out_(out), before_(before) {}
  void append(std::string_view piece);
  /// Ends the last line.
  void end();

 private:
  std::string& out_;
  std::string_view before_;
  bool in_line_ = false;
};

/// Replaces the escapes \n \r \t \0 \\ and \xNN. Throws Error{usage} beginning with `what` for any
/// other escape.
std::string unescape(std::string_view text, std::string_view what);

/// `text` without leading and trailing spaces and tabs.
std::string_view trim(std::string_view text);

}  // namespace mscomm
