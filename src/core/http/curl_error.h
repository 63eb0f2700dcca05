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
  std::string phase;      ///< for timeouts: "waiting for the response"
};

/// The one place where a CURLcode becomes words and an exit code.
///
///   libcurl                                    | exit
///   -------------------------------------------|------------
///   DNS, connect, TLS, reset, truncated body   | unreachable
///   CURLE_OPERATION_TIMEDOUT                   | timeout
///   CURLE_URL_MALFORMAT, certificate files     | usage
///   CURLE_WRITE_ERROR, CURLE_READ_ERROR        | io
///   CURLE_LOGIN_DENIED                         | denied
///   memory, misuse                             | internal
///   reset or timeout of a request that is not  | in doubt
///   idempotent and was sent, but not answered  |
///
/// libcurl names some of what a broken server sends as if it were our own mistake; once there is
/// an answer, such codes are about it.
HttpFailure describe(const CurlFailure& failure, const HttpRequest& request,
                     const HttpResponse& response);

}  // namespace mscomm
