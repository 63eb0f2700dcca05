#include "core/runtime/redact.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace mscomm {
namespace {

struct Range {
  std::size_t begin = std::string_view::npos;
  std::size_t end = std::string_view::npos;
};

// The password of the first URL in `text` at or after `from` that has one. Several hosts in one URL
// (`u:p@a,u:p@b`) count as one long password, which hides too much rather than too little.
Range find_password(std::string_view text, std::size_t from) {
  for (;;) {
    const auto scheme = text.find("://", from);
    if (scheme == std::string_view::npos) {
      return {};
    }
    const auto begin = scheme + 3;
    const auto end = std::min(text.find_first_of("/?#'\" \t\r\n", begin), text.size());
    const auto authority = text.substr(begin, end - begin);
    const auto at = authority.rfind('@');
    const auto colon = authority.find(':');
    if (at != std::string_view::npos && colon < at) {
      return {begin + colon + 1, begin + at};
    }
    from = begin;
  }
}

void overwrite(char* argument, Range range) {
  std::fill(argument + range.begin, argument + range.end, '*');
}

void hide_after(char* argument, std::size_t from, const char* separators) {
  const std::string_view text(argument);
  const auto at = text.find_first_of(separators, from);
  if (at != std::string_view::npos) {
    overwrite(argument, {at + 1, text.size()});
  }
}

// What ends a header's name: `NAME: VALUE`, `NAME=VALUE`, `NAME:=JSON`; a space when it was
// forgotten.
constexpr const char* kEndOfName = ":=; \t";

// Where the value of `--name value`, `--name=value`, `-Nvalue` begins in `text`, or npos.
std::size_t value_of(std::string_view text, std::string_view name, bool follows_name) {
  if (follows_name) {
    return 0;
  }
  const bool is_long = name.starts_with("--");
  if (text.size() <= name.size() || !text.starts_with(name) ||
      (is_long && text[name.size()] != '=')) {
    return std::string_view::npos;
  }
  return name.size() + static_cast<std::size_t>(is_long);
}

}  // namespace

bool is_secret_header(std::string_view name) {
  static constexpr std::array<std::string_view, 9> kNames{
      "authorization", "proxy-authorization", "cookie",       "set-cookie",          "api-key",
      "x-api-key",     "x-auth-token",        "x-csrf-token", "x-amz-security-token"};
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::find(kNames, lower) != kNames.end();
}

bool is_secret_header_option(std::string_view text) {
  return is_secret_header(text.substr(0, text.find_first_of(kEndOfName)));
}

bool has_password(std::string_view text) {
  return find_password(text, 0).begin != std::string_view::npos;
}

std::string without_passwords(std::string_view text) {
  std::string out;
  std::size_t done = 0;
  for (auto range = find_password(text, 0); range.begin != std::string_view::npos;
       range = find_password(text, done)) {
    out += text.substr(done, range.begin - done);
    out += "***";
    done = range.end;
  }
  out += text.substr(done);
  return out;
}

void hide_secrets(std::span<char* const> arguments) {
  std::string_view before;
  std::string kept;
  for (char* argument : arguments) {
    const std::string original(argument);
    const std::string_view text(original);
    for (auto range = find_password(text, 0); range.begin != std::string_view::npos;
         range = find_password(text, range.end)) {
      overwrite(argument, range);
    }
    const auto user = value_of(text, "--user", before == "--user");
    if (user != std::string_view::npos) {
      hide_after(argument, user, ":");
    }
    for (const std::string_view name : {"-H", "--header"}) {
      const auto header = value_of(text, name, before == name);
      if (header != std::string_view::npos && is_secret_header_option(text.substr(header))) {
        hide_after(argument, header, kEndOfName);
      }
    }
    kept = original;
    before = kept;
  }
}

}  // namespace mscomm
