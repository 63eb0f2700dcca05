#pragma once

#include <memory>

#include "core/http/http.h"
#include "core/http/http_client_options.h"

namespace mscomm {

class Log;
class StopSignal;

/// HTTP/1.1 and HTTP/2 (see HttpVersion) through libcurl, in the caller's thread. Connections are
/// pooled; proxies come from the environment by curl's rules. At log level info every request and
/// response is logged, with credentials hidden.
///
/// Throws Error{usage} when libcurl cannot be loaded or when `resolve`, `connect_to` or `proxy` is
/// malformed, and Error{io} for a TLS file that cannot be read.
std::unique_ptr<HttpClient> make_curl_client(HttpClientOptions options, Log log,
                                             const StopSignal& stop);

}  // namespace mscomm
