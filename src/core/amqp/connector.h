#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <random>
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

/// How long a lost connection is tried to be replaced when the command has no deadline.
inline constexpr Duration kRecoveryTime = std::chrono::seconds(30);

/// Opens sessions to one of several brokers, the first one and those that replace a lost one.
class Connector {
 public:
  /// What a session needs before it is used, such as its topology. It is called for each one.
  using Prepare = std::function<void(Session&)>;

  /// Throws Error{usage} for a URL that cannot be read and for a bad password file. `context` must
  /// outlive the connector and its sessions.
  Connector(const BrokerOptions& options, SessionOptions session, const Context& context,
            Prepare prepare = {});

  /// Connects to one of the brokers: each once in random order, and with `wait` again and again,
  /// with a jittered backoff, until that is over. Throws the last broker's Error, or Interrupted.
  std::unique_ptr<Session> connect();

  /// Replaces a lost session, which was `fruitful` when something was done over it. Sessions that
  /// end within two seconds and are not are given up after ten in a row. Begins with the broker
  /// after the one that was lost, and goes on with a jittered backoff until the command's deadline
  /// or, without one, kRecoveryTime. Throws the last broker's Error, Error{timeout} when the
  /// deadline passed, or Interrupted.
  std::unique_ptr<Session> reconnect(bool fruitful);

 private:
  std::unique_ptr<Session> try_each(const Deadline& give_up, std::optional<Error>& error);
  void pause(const Deadline& until);
  void pause_after_short_life(bool fruitful, const Deadline& give_up);

  std::vector<BrokerUrl> urls_;
  SessionOptions session_;
  const Context& context_;
  Prepare prepare_;
  std::optional<Duration> wait_;
  std::minstd_rand random_;
  std::size_t next_ = 0;  // the broker that is tried first
  Duration backoff_{};
  TimePoint connected_at_{};  // when the last session was made
  int short_lives_ = 0;       // how many in a row ended soon
};

/// Whether another connection may go on where a session ended like this: a lost connection, one
/// that was forced closed or that its node's shutdown ended. A refusal would be repeated.
bool is_recoverable(const Closed& closed);

/// How long saying goodbye may take at the end of a run: hardly any time when it is `hurried`, by
/// an error or a signal, and else, but for that, no longer than the command.
Deadline goodbye_deadline(bool hurried, const Context& context);

}  // namespace mscomm
