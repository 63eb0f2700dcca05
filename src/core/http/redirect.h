#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/http/http.h"

namespace mscomm {

/// One redirect on the way to the response.
struct HttpHop {
  std::string method;
  std::string url;  ///< as shown: without a password
  int status = 0;
  std::string location;
  HttpTimings timings;
  std::string origin;  ///< of the URL
};

/// The request after a redirect; nothing when the response is not a redirect.
///
///   status       | method after it (RFC 9110 section 15.4)
///   -------------|------------------------------------------------------
///   303          | GET; HEAD stays HEAD
///   301, 302     | POST becomes GET, others stay
///   307, 308     | stays
///
/// A method that became GET loses its body and the headers that describe it. Another origin
/// (scheme, host or port) gets no Authorization, Cookie, Proxy-Authorization or Host from the old
/// request. Throws Error{failed} when Location is not an HTTP URL.
std::optional<HttpRequest> redirected(const HttpRequest& request, const HttpResponse& response);

/// Whether the status is a redirect and Location says where to.
bool is_redirect(const HttpResponse& response);

/// Performs `exchange` and, with `follow`, up to `limit` redirects. Afterwards `exchange` holds the
/// last request and its response, and `hops` the redirects in order. Bodies of followed redirects
/// do not reach the sink. A redirect beyond the limit is a failure of the exchange; a request that
/// was answered with where to look, by GET, is in doubt when that cannot be seen.
void perform_following(HttpClient& client, HttpExchange& exchange, bool follow, std::size_t limit,
                       std::vector<HttpHop>& hops);

}  // namespace mscomm
