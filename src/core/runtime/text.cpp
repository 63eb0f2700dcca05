#include "core/runtime/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "core/runtime/error.h"
#include "core/runtime/openssl_library.h"

namespace mscomm {
namespace {

using Byte = unsigned char;

// The length of the UTF-8 sequence at the start of `bytes`, or 0 for an invalid one.
std::size_t sequence_length(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<Byte>(bytes[i]); };
  const auto tail = [&](std::size_t i) { return i < bytes.size() && (at(i) & 0xC0U) == 0x80U; };
  const Byte lead = at(0);
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF) {
    return tail(1) ? 2 : 0;
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!tail(1) || !tail(2) || (lead == 0xE0 && at(1) < 0xA0) || (lead == 0xED && at(1) > 0x9F)) {
      return 0;
    }
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3) || (lead == 0xF0 && at(1) < 0x90) ||
        (lead == 0xF4 && at(1) > 0x8F)) {
      return 0;
    }
    return 4;
  }
  return 0;
}

// Bytes that JSON needs no escape for. 0xC2 and 0xE2 may begin an unseen character.
constexpr std::array<bool, 256> kPlainInJson = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < plain.size(); ++byte) {
    plain[byte] = byte != '"' && byte != '\\' && byte != 0x7F && byte != 0xC2 && byte != 0xE2;
  }
  return plain;
}();

// A word with this value in every byte.
constexpr std::uint64_t in_every_byte(Byte byte) { return 0x0101010101010101U * byte; }

constexpr std::uint64_t kHighBits = in_every_byte(0x80);

std::uint64_t word_at(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// The number of ASCII bytes at the start: most text has no others.
std::size_t ascii_length(std::string_view bytes) {
  std::size_t length = 0;
  while (length + sizeof(std::uint64_t) <= bytes.size() &&
         (word_at(bytes.data() + length) & kHighBits) == 0) {
    length += sizeof(std::uint64_t);
  }
  while (length < bytes.size() && static_cast<Byte>(bytes[length]) < 0x80) {
    ++length;
  }
  return length;
}

// Sets the high bit of each byte of the word that equals `byte`, and perhaps of bytes above it.
constexpr std::uint64_t bits_of_equal(std::uint64_t word, Byte byte) {
  const auto zero = word ^ in_every_byte(byte);
  return (zero - in_every_byte(1)) & ~zero;
}

bool is_plain_at(std::string_view text, std::size_t i) {
  return kPlainInJson[static_cast<Byte>(text[i])] ||
         (static_cast<Byte>(text[i]) >= 0x80 && unseen_character(text.substr(i)) == 0);
}

// The length of the plain ASCII at the start, rounded down to whole words.
std::size_t plain_words_length(std::string_view text) {
  std::size_t length = 0;
  while (length + sizeof(std::uint64_t) <= text.size()) {
    const auto word = word_at(text.data() + length);
    const auto odd = (word | ((word - in_every_byte(0x20)) & ~word) | bits_of_equal(word, '"') |
                      bits_of_equal(word, '\\') | bits_of_equal(word, 0x7F)) &
                     kHighBits;
    if (odd != 0) {
      break;
    }
    length += sizeof word;
  }
  return length;
}

// The length of the text at the start that JSON needs no escapes for. It is often short in JSON
// text, so whole words are examined only after the first eight bytes.
std::size_t plain_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && is_plain_at(text, length)) {
    if (++length == sizeof(std::uint64_t)) {
      length += plain_words_length(text.substr(length));
    }
  }
  return length;
}

// Appends `prefix` and the code in hexadecimal digits.
void append_hex(std::string& out, std::string_view prefix, unsigned code, unsigned digits) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += prefix;
  while (digits > 0) {
    out += kHex[(code >> (4 * --digits)) & 0xFU];
  }
}

void append_escape(std::string& out, unsigned code) { append_hex(out, "\\u", code, 4); }

// The length of the text at the start that a terminal takes as text.
std::size_t harmless_length(std::string_view bytes) {
  std::size_t length = 0;
  while (length < bytes.size()) {
    const auto lead = static_cast<Byte>(bytes[length]);
    const bool is_plain = (lead >= 0x20 && lead < 0x7F) || lead == '\n' || lead == '\t';
    const auto step = is_plain ? 1 : lead < 0x80 ? 0 : sequence_length(bytes.substr(length));
    if (step == 0 || (step > 1 && unseen_character(bytes.substr(length)) != 0)) {
      break;
    }
    length += step;
  }
  return length;
}

// JSON's escape letter for a control character, or 0.
char short_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    default:
      return 0;
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

unsigned unseen_character(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<Byte>(text[i]) : 0U; };
  if (at(0) == 0xC2) {
    return at(1) >= 0x80 && at(1) < 0xA0 ? at(1) : 0;
  }
  const bool is_control = at(0) == 0xE2 && ((at(1) == 0x80 && at(2) >= 0xA8 && at(2) <= 0xAE) ||
                                            (at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9));
  return is_control ? 0x2000 + ((at(1) & 0x3FU) << 6U) + (at(2) & 0x3FU) : 0;
}

bool is_utf8(std::string_view bytes) {
  for (;;) {
    bytes.remove_prefix(ascii_length(bytes));
    if (bytes.empty()) {
      return true;
    }
    const auto length = sequence_length(bytes);
    if (length == 0) {
      return false;
    }
    bytes.remove_prefix(length);
  }
}

std::string_view piece_of(std::string_view text, std::size_t most) {
  if (text.size() <= most) {
    return text;
  }
  auto length = most;
  while (most - length < 3 && (static_cast<Byte>(text[length]) & 0xC0U) == 0x80U) {
    --length;
  }
  return text.substr(0, length);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  append_json_text(out, text);
  out += '"';
}

void append_json_text(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto plain = plain_length(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) {
      break;
    }
    if (const char letter = short_escape(text.front()); letter != 0) {
      const char escape[] = {'\\', letter};
      out.append(escape, sizeof escape);
      text.remove_prefix(1);
    } else if (const auto unseen = unseen_character(text); unseen != 0) {
      append_escape(out, unseen);
      text.remove_prefix(sequence_length(text));
    } else {
      append_escape(out, static_cast<Byte>(text.front()));
      text.remove_prefix(1);
    }
  }
}

void append_base64(std::string& out, std::string_view bytes) {
  // EVP_EncodeBlock counts in int; a multiple of three avoids padding in the middle.
  constexpr std::size_t kBase64Piece = std::size_t{3} << 24U;
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, kBase64Piece);
    const auto start = out.size();
    const auto length = (piece.size() + 2) / 3 * 4;
    out.resize(start + length + 1);  // it also writes a NUL at the end
    openssl().EVP_EncodeBlock(reinterpret_cast<Byte*>(out.data() + start),
                              reinterpret_cast<const Byte*>(piece.data()),
                              static_cast<int>(piece.size()));
    out.resize(start + length);
    bytes.remove_prefix(piece.size());
  }
}

std::string base64_encode(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  // EVP_DecodeBlock trims white space and counts padding as zero bytes; both are handled here.
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') {
    ++padding;
  }
  if (text.size() % 4 != 0 || text.find_first_of(" \t\r\n-") != std::string_view::npos ||
      text.substr(0, text.size() - padding).find('=') != std::string_view::npos) {
    return std::nullopt;
  }
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length = openssl().EVP_DecodeBlock(reinterpret_cast<Byte*>(bytes.data()),
                                               reinterpret_cast<const Byte*>(text.data()),
                                               static_cast<int>(text.size()));
  if (length < 0) {
    return std::nullopt;
  }
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

std::string visible(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  append_visible(out, bytes);
  return out;
}

void append_visible(std::string& out, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto harmless = harmless_length(bytes);
    out += bytes.substr(0, harmless);
    bytes.remove_prefix(harmless);
    if (bytes.empty()) {
      return;
    }
    const auto length = sequence_length(bytes);
    const auto lead = static_cast<Byte>(bytes.front());
    if (length <= 1) {
      append_hex(out, "\\x", lead, 2);
      bytes.remove_prefix(1);
    } else {
      append_escape(out, unseen_character(bytes));
      bytes.remove_prefix(length);
    }
  }
}

std::string in_one_line(std::string_view bytes) {
  auto out = visible(bytes);
  for (auto at = out.find_first_of("\n\t"); at != std::string::npos;
       at = out.find_first_of("\n\t", at)) {
    out.replace(at, 1, out[at] == '\n' ? "\\n" : "\\t");
  }
  return out;
}

void LineQuoter::append(std::string_view piece) {
  while (!piece.empty()) {
    const auto end = std::min(piece.find('\n'), piece.size());
    const bool is_ended = end < piece.size();
    auto part = piece.substr(0, end);
    piece.remove_prefix(end + (is_ended ? 1 : 0));
    part.remove_suffix(is_ended && part.ends_with('\r') ? 1 : 0);
    if (!std::exchange(in_line_, !is_ended)) {
      out_ += before_;
    }
    append_visible(out_, part);
    out_ += is_ended ? "\n" : "";
  }
}

void LineQuoter::end() { out_ += std::exchange(in_line_, false) ? "\n" : ""; }

void append_quoted_lines(std::string& out, std::string_view text, std::string_view before) {
  LineQuoter quoter(out, before);
  quoter.append(text);
  quoter.end();
}

std::string unescape(std::string_view text, std::string_view what) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    constexpr std::string_view kLetters = "nrt0\\";
    constexpr std::string_view kMeanings("\n\r\t\0\\", 5);
    const char letter = i + 1 < text.size() ? text[i + 1] : ' ';
    if (const auto known = kLetters.find(letter); known != std::string_view::npos) {
      out += kMeanings[known];
      ++i;
    } else if (letter == 'x' && i + 3 < text.size() && hex_digit(text[i + 2]) >= 0 &&
               hex_digit(text[i + 3]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 2]) * 16 + hex_digit(text[i + 3]));
      i += 3;
    } else {
      throw Error(Exit::usage, fmt::format("{}: unknown escape in '{}'", what, text),
                  "the escapes are \\n \\r \\t \\0 \\\\ and \\xNN");
    }
  }
  return out;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace mscomm
