#pragma once

#include <string>
#include <string_view>

namespace mscomm {

/// What libcurl says of itself (CURLINFO_TEXT) as it may be logged, on one line; empty when it may
/// not. Over HTTP/2 libcurl repeats the request's headers there, credentials and all
/// (`h2h3 [authorization: Bearer …]`), and it quotes the proxy's URL from the environment.
std::string loggable_curl_text(std::string_view text);

}  // namespace mscomm
