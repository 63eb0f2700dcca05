#include "core/runtime/redact.h"

#include <algorithm>
#include <array>

#include "core/runtime/ascii.h"

namespace mscomm {
namespace {

struct Range {
  std::size_t begin = std::string_view::npos;
  std::size_t end = std::string_view::npos;
};

// The password of the first URL with one in `text` at or after `from`. Several hosts in one URL
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

// The password of a URL without scheme, "me:secret@host", also after "--name=".
Range find_password_at_start(std::string_view text) {
  const auto begin = text.starts_with("--") ? std::min(text.find('='), text.size() - 1) + 1 : 0;
  const auto end = std::min(text.find_first_of("/?# \t\r\n", begin), text.size());
  const auto colon = text.find(':', begin);
  const auto at = text.substr(0, end).rfind('@');
  return at != std::string_view::npos && colon < at ? Range{colon + 1, at} : Range{};
}

// Ends a header's name: `NAME: VALUE`, `NAME=VALUE`, `NAME:=JSON`, or a space when the
// separator was forgotten.
constexpr const char* kEndOfName = ":=; \t";

// The start of the value of `--name value` or `--name=value` in `text`, or npos.
std::size_t value_of(std::string_view text, std::string_view name, bool follows_name) {
  if (follows_name) {
    return 0;
  }
  const bool holds_it =
      text.size() > name.size() && text.starts_with(name) && text[name.size()] == '=';
  return holds_it ? name.size() + 1 : std::string_view::npos;
}

// The header after "-H", also after combined short options: "-iH", "-iHName: value".
void hide_short_header(char* argument, std::string_view text, std::string_view before) {
  const auto is_short = [](std::string_view word) {
    return word.size() > 1 && word[0] == '-' && word[1] != '-';
  };
  if (is_short(before) && before.ends_with('H') && is_secret_header_option(text)) {
    hide_after(argument, 0, kEndOfName);
  }
  for (auto at = text.find('H'); is_short(text) && at != std::string_view::npos;
       at = text.find('H', at + 1)) {
    if (is_secret_header_option(text.substr(at + 1))) {
      hide_after(argument, at + 1, kEndOfName);
    }
  }
}

}  // namespace

bool is_secret_header(std::string_view name) {
  static constexpr std::array<std::string_view, 9> kNames{
      "authorization", "proxy-authorization", "cookie",       "set-cookie",          "api-key",
      "x-api-key",     "x-auth-token",        "x-csrf-token", "x-amz-security-token"};
  return std::ranges::find(kNames, lower_case(name)) != kNames.end();
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
    if (const auto range = find_password_at_start(text); range.begin != std::string_view::npos) {
      overwrite(argument, range);
    }
    const auto user = value_of(text, "--user", before == "--user");
    if (user != std::string_view::npos) {
      hide_after(argument, user, ":");
    }
    const auto header = value_of(text, "--header", before == "--header");
    if (header != std::string_view::npos && is_secret_header_option(text.substr(header))) {
      hide_after(argument, header, kEndOfName);
    }
    hide_short_header(argument, text, before);
    kept = original;
    before = kept;
  }
}

}  // namespace mscomm
