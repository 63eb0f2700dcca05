#pragma once

#include <curl/curl.h>

#include <optional>
#include <string>

#include "core/http/http.h"

namespace mscomm {

/// What libcurl knows about a transfer over HTTP/2 that failed before its headers were delivered.
struct Http2End {
  CURLcode code = CURLE_OK;
  std::string detail;           ///< CURLOPT_ERRORBUFFER; may be empty
  bool is_unprocessed = false;  ///< see StreamFate
  bool wants_http1_1 = false;   ///< see StreamFate
  unsigned sends = 0;
  /// A status that came although libcurl delivered no header; 0: none.
  int early_status = 0;
};

/// The endings that only HTTP/2 has, as words and exit codes; nothing when it is none of them.
///
///   refused again and again, unprocessed         | unreachable, whatever the method
///   an answer while the body was being sent (RFC | failed or denied if the answer says no; else in
///   9113 section 8.1), which libcurl 7.88 loses  | doubt, or unreachable for idempotent methods
///   headers above what libcurl takes             | failed, as over HTTP/1.1
///   HTTP_1_1_REQUIRED                            | in doubt, or unreachable for idempotent methods
std::optional<HttpFailure> http2_failure(const Http2End& end, const HttpRequest& request);

}  // namespace mscomm
