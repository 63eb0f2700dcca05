#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mscomm {

/// `text` with every password in a URL (`scheme://user:password@host`) as `***`.
std::string without_passwords(std::string_view text);

/// Overwrites, in place, what `ps` should not show of a command line: passwords in URLs, what
/// follows the colon of `--user name:password`, and the values of headers that carry credentials.
void hide_secrets(std::span<char* const> arguments);

}  // namespace mscomm
