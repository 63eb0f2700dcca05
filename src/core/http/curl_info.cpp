#include "core/http/curl_info.h"

#include <fmt/format.h>

#include <string_view>

namespace mscomm {

std::string remote_of(CURL* handle, const std::string& unix_socket) {
  if (!unix_socket.empty()) {
    return fmt::format("unix:{}", unix_socket);
  }
  const auto* const text = curl_info<const char*>(handle, CURLINFO_PRIMARY_IP);
  const std::string_view address(text == nullptr ? "" : text);
  if (address.empty()) {
    return {};
  }
  const bool is_ipv6 = address.find(':') != std::string_view::npos;
  const auto port = curl_info<long>(handle, CURLINFO_PRIMARY_PORT);
  return is_ipv6 ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
}

std::string phase_before_body(CURL* handle, bool has_tls) {
  const auto done = [handle](CURLINFO which) { return curl_info<curl_off_t>(handle, which) > 0; };
  if (done(CURLINFO_PRETRANSFER_TIME_T)) {
    return "waiting for the response";
  }
  // During the handshake 7.88 reports no connect time yet, but a local port.
  if (curl_info<long>(handle, CURLINFO_LOCAL_PORT) > 0) {
    return has_tls ? "waiting for the TLS handshake" : "waiting for the proxy";
  }
  return done(CURLINFO_NAMELOOKUP_TIME_T) ? "connecting" : "resolving the host name";
}

// libcurl measures every time from the start of the transfer.
HttpTimings timings_of(CURL* handle) {
  const auto time = [handle](CURLINFO which) {
    return Duration(std::chrono::microseconds(curl_info<curl_off_t>(handle, which)));
  };
  const auto after = [](Duration end, Duration start) {
    return end > start ? end - start : Duration::zero();
  };
  HttpTimings timings;
  timings.dns = time(CURLINFO_NAMELOOKUP_TIME_T);
  const auto connected = time(CURLINFO_CONNECT_TIME_T);
  timings.connect = after(connected, timings.dns);
  timings.tls = after(time(CURLINFO_APPCONNECT_TIME_T), connected);
  timings.first_byte = time(CURLINFO_STARTTRANSFER_TIME_T);
  timings.total = time(CURLINFO_TOTAL_TIME_T);
  return timings;
}

}  // namespace mscomm
