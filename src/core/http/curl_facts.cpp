#include "core/http/curl_facts.h"

#include <fmt/format.h>

#include <string_view>

namespace mscomm {

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

std::string remote_of(CURL* handle) {
  const char* const address = curl_info<const char*>(handle, CURLINFO_PRIMARY_IP);
  if (address == nullptr || *address == '\0') {
    return {};
  }
  const bool is_ipv6 = std::string_view(address).find(':') != std::string_view::npos;
  const auto port = curl_info<long>(handle, CURLINFO_PRIMARY_PORT);
  return is_ipv6 ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
}

}  // namespace mscomm
