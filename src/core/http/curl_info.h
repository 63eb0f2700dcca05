#pragma once

#include <string>

#include "core/http/curl_library.h"
#include "core/http/http.h"

namespace mscomm {

/// What curl_easy_getinfo(3) says of a handle; a zero when it does not know.
template <class T>
T curl_info(CURL* handle, CURLINFO which) {
  T value{};
  CurlLibrary::get().easy_getinfo(handle, which, &value);
  return value;
}

/// As HttpResponse::remote; `unix_socket` is the path of the socket that it connects to, or empty.
std::string remote_of(CURL* handle, const std::string& unix_socket);

/// What the transfer waits for, for messages: "waiting for the response".
std::string phase_before_body(CURL* handle, bool has_tls);

/// How long the phases of the transfer took.
HttpTimings timings_of(CURL* handle);

}  // namespace mscomm
