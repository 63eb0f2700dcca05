#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/runtime/clock.h"
#include "core/runtime/secret.h"
#include "core/runtime/tls_options.h"

namespace mscomm {

/// A way to log in (SASL).
enum class Mechanism { plain, external };

/// One broker's address and how to log in there.
struct BrokerUrl {
  bool tls = false;
  std::string host = "localhost";
  std::uint16_t port = 5672;
  std::string user = "guest";
  Secret password{"guest"};
  bool user_given = false;  ///< if not, a TLS client certificate, if any, logs in (SASL EXTERNAL)
  std::string vhost = "/";
  std::optional<int> heartbeat_seconds;
  std::optional<Milliseconds> connection_timeout;
  std::optional<int> channel_max;
  std::optional<int> frame_max;
  std::vector<Mechanism> mechanisms;  ///< each auth_mechanism, in this order; none: see user_given
  TlsOptions tls_options;

  /// The URL for messages, without the password.
  [[nodiscard]] std::string shown() const;
};

/// Parses the AMQP URI scheme (https://www.rabbitmq.com/docs/uri-spec) with RabbitMQ's query
/// parameters (https://www.rabbitmq.com/docs/uri-query-parameters): heartbeat, connection_timeout,
/// channel_max, frame_max, auth_mechanism, cacertfile, certfile, keyfile, verify, depth,
/// fail_if_no_peer_cert, server_name_indication. Several hosts may stand in one authority
/// (`amqp://a,b:5673/v`), and several URLs may be joined by commas. In the scheme `amqp://host/`
/// names the virtual host ""; here it names "/", as in pika and amqplib, because no broker has a
/// virtual host without a name.
///
/// Throws Error{usage} that never shows the password.
std::vector<BrokerUrl> parse_broker_urls(std::string_view text);

}  // namespace mscomm
