#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mscomm {

/// Whether a header of that name, in any case, carries a credential (Authorization, Cookie, …).
bool is_secret_header(std::string_view name);

/// Whether a value of --header (`NAME: VALUE`, `NAME=VALUE`) is a header that carries a credential.
bool is_secret_header_option(std::string_view text);

/// Whether `text` holds a URL with a password (`scheme://user:password@host`).
bool has_password(std::string_view text);

/// `text` with every password in a URL (`scheme://user:password@host`) replaced by `***`.
std::string without_passwords(std::string_view text);

/// Overwrites, in place, the secrets that `ps` would show in a command line: passwords in URLs, the
/// password of `--user name:password`, and the values of headers that carry credentials.
void hide_secrets(std::span<char* const> arguments);

}  // namespace mscomm
