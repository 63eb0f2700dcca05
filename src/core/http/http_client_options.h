#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/runtime/clock.h"
#include "core/runtime/tls_options.h"

namespace mscomm {

enum class HttpVersion {
  automatic,  ///< HTTP/2 where TLS offers it
  http1_1,
  http2,  ///< HTTP/2 without TLS, too: the server is known to speak it
};

struct HttpClientOptions {
  Duration connect_timeout = std::chrono::seconds(10);  ///< for name, TCP and TLS; zero: none
  Duration stall_timeout = std::chrono::minutes(5);     ///< without a byte; zero: none
  std::uint64_t max_body_bytes = 0;                     ///< zero: no limit
  TlsOptions tls;
  std::string unix_socket;              ///< connect here, whatever the URL's host is; empty: TCP
  std::vector<std::string> resolve;     ///< `HOST:PORT:ADDRESS[,ADDRESS]`, instead of DNS
  std::vector<std::string> connect_to;  ///< `HOST:PORT:HOST2:PORT2`, connect there instead
  std::optional<std::string> proxy;     ///< none: what the environment says; empty: no proxy
  HttpVersion version = HttpVersion::automatic;
  /// Whether requests may share an HTTP/2 connection. A request that a server refuses with a GOAWAY
  /// fails if it must not be resent: libcurl does not tell which ones the server has processed.
  bool multiplexes = true;
  long pooled_connections = 0;  ///< idle connections to keep; zero: libcurl's choice
  bool compressed = false;      ///< ask for a compressed body and decompress it
};

}  // namespace mscomm
