#pragma once

#include <curl/curl.h>

#include <string>
#include <string_view>

#include "core/telemetry/log.h"

namespace mscomm {

/// libcurl's remarks (CURLINFO_TEXT) as one line that is safe to log; empty when the remark is not.
/// Over HTTP/2 libcurl repeats the request's headers there, credentials included (`h2h3
/// [authorization: Bearer …]`), and it quotes the proxy's URL from the environment.
std::string loggable_curl_text(std::string_view text);

/// An error text of libcurl without what may be a password in it: that of a proxy's URL, which
/// stands in quotes, with or without a scheme.
std::string without_proxys_secrets(std::string text);

/// `line` without the CR and LF at its end.
std::string_view without_line_end(std::string_view line);

/// Logs what CURLOPT_DEBUGFUNCTION is told: libcurl's remarks, and the lines of both heads, without
/// credentials.
void log_curl_traffic(Log log, curl_infotype type, std::string_view text);

}  // namespace mscomm
