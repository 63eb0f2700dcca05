#include "core/runtime/redact.h"

#include <algorithm>
#include <array>

#include "core/runtime/ascii.h"

namespace mscomm {
namespace {

constexpr auto kNone = std::string_view::npos;

// What is to be hidden.
struct Range {
  std::size_t begin = kNone;
  std::size_t end = kNone;

  [[nodiscard]] bool is_found() const { return begin != kNone; }
};

bool is_port(std::string_view text) {
  constexpr std::size_t kDigits = 5;
  return !text.empty() && text.size() <= kDigits && text.find_first_not_of("0123456789") == kNone;
}

// Where the authority of a URL begins: after "scheme://" or "//"; without them, as in
// "me:secret@host", at the start. A path has none.
std::size_t authority_begin(std::string_view url) {
  const auto colon = url.find_first_of(":/?#@");
  const auto slashes = colon != kNone && url[colon] == ':' ? colon + 1 : 0;
  const auto begin = std::min(url.find_first_not_of("/\\", slashes), url.size());
  if (begin >= slashes + 2) {
    return begin;
  }
  return url.starts_with('/') ? url.size() : 0;
}

// Where the password in `url`, the whole of which is meant to be a URL, begins and ends. RFC 3986
// ends the authority at the first '/', '?' or '#', but people forget to encode these in a
// password. So, where a password begins, it lasts up to the last '@', and what stands for a port
// and is none is taken for one, up to the end if need be: that hides too much rather than too
// little.
Range password_of(std::string_view url) {
  const auto begin = authority_begin(url);
  const auto authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  const auto at = authority.rfind('@');
  const auto last_at = url.rfind('@');
  if (const auto colon = authority.find(':'); at != kNone && colon < at) {
    return {begin + colon + 1, last_at};
  }
  const auto host = authority.substr(at == kNone ? 0 : at + 1);
  const auto bracket = host.starts_with('[') ? std::min(host.find(']'), host.size()) : 0;
  const auto colon = host.find(':', bracket < host.size() ? bracket : 0);
  if (colon == kNone || is_port(host.substr(colon + 1))) {
    return {};
  }
  const auto port = host.substr(colon + 1);
  const auto password = begin + authority.size() - port.size();
  if (last_at != kNone && last_at > password) {
    return {password, last_at};
  }
  const bool is_ipv6 =
      host.find_first_not_of("0123456789abcdefABCDEF:.") == kNone && port.find(':') != kNone;
  const bool may_be_password = begin > 0 && !port.empty() && !is_ipv6;
  return may_be_password ? Range{password, url.size()} : Range{};
}

// The same for a URL within other text, which ends at one of `ends`. Two hosts in one URL
// (`u:p@a,u:p@b`) count as one long password.
Range find_password(std::string_view text, std::size_t from, const char* ends) {
  for (auto slashes = text.find("//", from); slashes != kNone;
       slashes = text.find("//", slashes + 2)) {
    const auto word = text.substr(slashes, text.find_first_of(ends, slashes) - slashes);
    const auto range = password_of(word);
    if (range.is_found() && word.find('@') != kNone) {
      return {slashes + range.begin, slashes + range.end};
    }
  }
  return {};
}

constexpr const char* kEndOfUrl = "'\"<> \t\r\n";

// The value of the first parameter, of a query or a form, that is a credential, at or after `from`.
Range find_parameter(std::string_view text, std::size_t from, const char* ends) {
  for (auto equals = text.find('=', from); equals != kNone; equals = text.find('=', equals + 1)) {
    const auto separator = text.find_last_of("?&;#=", equals - (equals > 0 ? 1 : 0));
    const auto name = separator == kNone || separator >= equals ? 0 : separator + 1;
    if (is_secret_parameter(text.substr(name, equals - name))) {
      return {equals + 1, std::min(text.find_first_of(ends, equals), text.size())};
    }
  }
  return {};
}

// Calls find(text, from) again and again, and puts *** where it finds something.
template <class Find>
std::string with_stars(std::string_view text, const Find& find) {
  std::string out;
  std::size_t done = 0;
  for (auto range = find(text, 0); range.is_found(); range = find(text, done)) {
    out += text.substr(done, range.begin - done);
    out += "***";
    done = range.end;
  }
  out += text.substr(done);
  return out;
}

// In lower case, with hyphens.
std::string plain_name(std::string_view name) {
  auto plain = lower_case(name);
  std::ranges::replace(plain, '_', '-');
  return plain;
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

// An argument or a value after "--name=" that is a URL, perhaps without its scheme, or a parameter.
void hide_in_value(char* argument, std::string_view text) {
  const auto name = text.starts_with("--") ? text.find('=') + 1 : 0;
  const auto value = text.substr(name);
  if (const auto range = password_of(value); range.is_found()) {
    overwrite(argument + name, range);
  }
  for (auto range = find_parameter(value, 0, "&"); range.is_found();
       range = find_parameter(value, range.end, "&")) {
    overwrite(argument + name, range);
  }
}

}  // namespace

bool is_secret_header(std::string_view name) {
  static constexpr std::array<std::string_view, 14> kParts{
      "cookie",     "token",     "secret",           "password",     "passwd",
      "credential", "api-key",   "apikey",           "access-key",   "auth-key",
      "session-id", "sessionid", "subscription-key", "functions-key"};
  const auto plain = plain_name(name);
  return plain.ends_with("authorization") || std::ranges::any_of(kParts, [&](auto part) {
           return plain.find(part) != std::string::npos;
         });
}

bool is_secret_header_option(std::string_view text) {
  return is_secret_header(text.substr(0, text.find_first_of(kEndOfName)));
}

bool is_secret_parameter(std::string_view name) {
  static constexpr std::array<std::string_view, 33> kNames{
      "token",           "access-token",
      "refresh-token",   "id-token",
      "auth-token",      "api-token",
      "private-token",   "job-token",
      "session-token",   "security-token",
      "bearer-token",    "x-amz-security-token",
      "x-amz-signature", "x-goog-signature",
      "signature",       "sig",
      "awsaccesskeyid",  "api-key",
      "apikey",          "x-api-key",
      "access-key",      "subscription-key",
      "secret",          "client-secret",
      "secret-key",      "password",
      "passwd",          "pwd",
      "authorization",   "jwt",
      "assertion",       "client-assertion",
      "sessionid"};
  return std::ranges::find(kNames, plain_name(name)) != kNames.end();
}

bool has_secret(std::string_view text) { return without_passwords(text) != text; }

std::string without_passwords(std::string_view text) {
  const auto without = with_stars(text, [](std::string_view all, std::size_t from) {
    return find_password(all, from, kEndOfUrl);
  });
  return with_stars(without, [](std::string_view all, std::size_t from) {
    return find_parameter(all, from, "&'\"<> \t\r\n");
  });
}

bool has_password(std::string_view url) { return password_of(url).is_found(); }

std::string shown_url(std::string_view url) {
  std::string shown(url);
  if (const auto range = password_of(url); range.is_found()) {
    shown.replace(range.begin, range.end - range.begin, "***");
  }
  shown = with_stars(shown, [](std::string_view all, std::size_t from) {
    return find_password(all, from, "");  // of a URL in its query
  });
  return with_stars(
      shown, [](std::string_view all, std::size_t from) { return find_parameter(all, from, "&"); });
}

void hide_secrets(std::span<char* const> arguments) {
  std::string_view before;
  std::string kept;
  for (char* argument : arguments) {
    const std::string original(argument);
    const std::string_view text(original);
    for (auto range = find_password(text, 0, kEndOfUrl); range.is_found();
         range = find_password(text, range.end, kEndOfUrl)) {
      overwrite(argument, range);
    }
    hide_in_value(argument, text);
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
