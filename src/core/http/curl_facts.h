#pragma once

#include <string>

#include "core/http/curl_library.h"
#include "core/http/http.h"

namespace mscomm {

/// A piece of information about a transfer (curl_easy_getinfo(3)).
template <class T>
T curl_info(CURL* handle, CURLINFO which) {
  T value{};
  CurlLibrary::get().easy_getinfo(handle, which, &value);
  return value;
}

/// How long each phase of a transfer has taken so far.
HttpTimings timings_of(CURL* handle);

/// The address and port that a transfer is connected to, "[::1]:80"; empty when there is no
/// connection, or it is no TCP.
std::string remote_of(CURL* handle);

}  // namespace mscomm
