#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/amqp/broker_url.h"
#include "core/amqp/rabbit_session.h"

namespace mscomm {

/// How the user says which broker to use; the AMQP connection options of every command.
struct BrokerOptions {
  std::vector<std::string> urls;  ///< none is amqp://localhost
  std::string password_file;
  TlsOptions tls;
  std::optional<unsigned> heartbeat_seconds;
  std::optional<Duration> connect_timeout;
  std::optional<Duration> wait;  ///< keep trying until the broker accepts a login
  std::string connection_name;
};

/// The brokers to try, with the options that stand beside the URLs applied to each. Throws
/// Error{usage} for a URL that cannot be read and for a bad password file.
std::vector<BrokerUrl> broker_urls(const BrokerOptions& options);

/// How long one broker may take to accept a connection and a login unless the user says otherwise.
inline constexpr Duration kDefaultConnectTimeout = std::chrono::seconds(10);

/// Connects to one of the brokers: each once in random order, and with `wait` again and again, with
/// a jittered backoff, until that is over. Throws the last broker's Error, or Interrupted.
std::unique_ptr<Session> connect(const BrokerOptions& options, SessionOptions session,
                                 const Context& context);

}  // namespace mscomm
