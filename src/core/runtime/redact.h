#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mscomm {

/// Whether a header of that name, in any case, carries a credential: Authorization, Cookie, and
/// names with a word such as token, secret, password or api-key in them.
bool is_secret_header(std::string_view name);

/// Whether a value of --header (`NAME: VALUE`, `NAME=VALUE`) is a header that carries a credential.
bool is_secret_header_option(std::string_view text);

/// Whether a parameter of a query or a form, by its name in any case, is a credential:
/// access_token, api_key, client_secret, password, sig, X-Amz-Signature and the like.
bool is_secret_parameter(std::string_view name);

/// Whether `url`, or what is meant to be one, has what may be a password.
bool has_password(std::string_view url);

/// Whether `text` holds a URL with a password (`scheme://user:password@host`) or a parameter that
/// is a credential.
bool has_secret(std::string_view text);

/// `text` with `***` for every password in a URL (`scheme://user:password@host`) and every
/// parameter that is a credential. For text that may hold URLs; shown_url() is for a URL alone.
std::string without_passwords(std::string_view text);

/// A URL, or what is meant to be one, as messages and records show it: with `***` for the password
/// and for parameters that are credentials. A password may hold any character, also those that
/// should have been percent-encoded; where it is not clear where it ends, more is hidden.
std::string shown_url(std::string_view url);

/// Overwrites, in place, the secrets that `ps` would show in a command line: passwords in URLs, the
/// password of `--user name:password`, and the values of headers and parameters that are
/// credentials.
void hide_secrets(std::span<char* const> arguments);

}  // namespace mscomm
