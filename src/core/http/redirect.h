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

/// The request that follows a response; nothing when it is not a redirect.
///
///   status       | method after it (RFC 9110 section 15.4)
///   -------------|------------------------------------------------------
///   303          | GET; HEAD stays HEAD
///   301, 302     | POST becomes GET, others stay
///   307, 308     | stays
///
/// A method that became GET loses its body and the headers that describe it. Another origin
/// (scheme, host or port) sees no Authorization, Cookie, Proxy-Authorization or Host of ours.
/// Throws Error{failed} when Location is not an HTTP URL.
std::optional<HttpRequest> redirected(const HttpRequest& request, const HttpResponse& response);

/// Whether the status asks for another request and says where to.
bool is_redirect(const HttpResponse& response);

/// Performs `exchange` and, when `follow`, every redirect it meets, at most `limit` of them;
/// `exchange` ends up with the last request and its response, `hops` with the redirects in order.
/// Bodies of redirects that are followed do not reach the sink. One redirect too many is a failure
/// of the exchange.
void perform_following(HttpClient& client, HttpExchange& exchange, bool follow, std::size_t limit,
                       std::vector<HttpHop>& hops);

}  // namespace mscomm
