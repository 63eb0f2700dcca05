#pragma once

#include <curl/curl.h>

#include <string>

#include "core/http/http.h"

namespace mscomm {

/// What libcurl knows about a failed transfer.
struct CurlFailure {
  std::string unix_socket;  ///< the socket to connect to; empty: TCP
  CURLcode code = CURLE_OK;
  std::string detail;      ///< CURLOPT_ERRORBUFFER; may be empty
  int os_error = 0;        ///< CURLINFO_OS_ERRNO
  long verify_result = 0;  ///< CURLINFO_SSL_VERIFYRESULT: an X509_V_ERR_ number, 0 for none
  bool deadline_passed = false;
  bool stalled = false;   ///< nothing moved for too long
  bool sent = false;      ///< at least a part of the request was sent
  bool answered = false;  ///< bytes of a response came
  /// The server has asked for a client certificate, and there is none to give.
  bool misses_certificate = false;
  std::string phase;  ///< for timeouts: "waiting for the response"
};

/// The one place where a CURLcode becomes words and an exit code. What a code means depends on how
/// far the exchange went, since libcurl names some of what a broken server sends as if it were our
/// own mistake:
///
///   libcurl                                    | nothing came    | after a response began
///   -------------------------------------------|-----------------|------------------------
///   DNS, connect, proxy, TLS, reset, HTTP/2,   | unreachable     | unreachable
///   truncated or unreadable response, others   |                 |
///   CURLE_OPERATION_TIMEDOUT                   | timeout         | timeout
///   CURLE_UNSUPPORTED_PROTOCOL                 | usage           | unreachable: status line
///   CURLE_BAD_FUNCTION_ARGUMENT                | internal        | unreachable: header
///   CURLE_WRITE_ERROR                          | io              | unreachable: packed body
///   CURLE_OUT_OF_MEMORY, CURLE_TOO_LARGE       | internal        | failed: header too large
///   CURLE_URL_MALFORMAT, certificate files     | usage           | usage
///   CURLE_READ_ERROR                           | io              | io
///   CURLE_LOGIN_DENIED, CURLE_AUTH_ERROR       | denied          | denied
///   misuse, no memory                          | internal        | internal
///
/// Then in_doubt_if_sent() applies.
HttpFailure describe(const CurlFailure& failure, const HttpRequest& request,
                     const HttpResponse& response);

/// The failure of a request that was sent, when that is not idempotent: unless something on our
/// side failed, or a response was complete but for a limit of ours, it is in doubt, since the
/// service may have done what it was asked to. An idempotent one may simply be sent again.
HttpFailure in_doubt_if_sent(HttpFailure failure, const HttpRequest& request,
                             const HttpResponse& response);

}  // namespace mscomm
