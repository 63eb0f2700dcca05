#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/amqp/connector.h"
#include "core/http/http_url.h"

namespace mscomm {

struct TcpAddress {
  std::string host;
  std::uint16_t port = 0;
};

/// One target of a health check.
struct ProbeTarget {
  std::string shown;  ///< for messages and records: without a password
  std::variant<HttpUrl, BrokerUrl, TcpAddress> address;

  /// "http", "amqp" or "tcp".
  [[nodiscard]] std::string_view kind() const;
};

/// Reads what the user typed as a target:
///
///   http://host/path, https://host/path, :8080/path   a request (`:` is localhost)
///   amqp://host/vhost, amqps://host/vhost             a broker; several hosts are several targets
///   tcp://host:port                                   a port
///
/// `broker` holds the options for broker URLs; its own `urls` are ignored. Throws Error{usage},
/// never with a password, for any other text.
std::vector<ProbeTarget> parse_probe_target(std::string_view text, const BrokerOptions& broker);

}  // namespace mscomm
