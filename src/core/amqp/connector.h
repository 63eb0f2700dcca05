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
  std::vector<std::string> urls;  ///< empty: amqp://localhost
  Secret password;                ///< instead of the URLs'; unless empty
  TlsOptions tls;
  std::optional<unsigned> heartbeat_seconds;
  std::optional<Duration> connect_timeout;
  std::optional<Duration> wait;  ///< keep trying until the broker accepts a login
  std::string connection_name;
  std::string management_url;  ///< empty: guessed from the broker's, see management_options()
};

/// The brokers to try, each URL with the other options applied. Throws Error{usage} for a URL that
/// cannot be read, for a connect timeout of 0, and for a management URL that would leak the
/// password.
std::vector<BrokerUrl> broker_urls(const BrokerOptions& options);

/// How long one broker may take to accept a connection and a login unless the user says otherwise.
inline constexpr Duration kDefaultConnectTimeout = std::chrono::seconds(10);

/// How long reconnect() tries to replace a lost connection when the command has no deadline.
inline constexpr Duration kRecoveryTime = std::chrono::seconds(30);

/// Opens sessions to one of several brokers: the first session, and those that replace a lost one.
class Connector {
 public:
  /// Prepares a new session, for example declares its topology. Called for each session.
  using Prepare = std::function<void(Session&)>;

  /// Throws as broker_urls(), and Error{usage} for TLS options with a URL that is not amqps.
  /// `context` must outlive the connector and its sessions.
  Connector(const BrokerOptions& options, SessionOptions session, const Context& context,
            Prepare prepare = {});

  /// The brokers to choose from.
  [[nodiscard]] const std::vector<BrokerUrl>& brokers() const noexcept { return urls_; }

  /// Connects to one of the brokers. Tries each once, in random order; with BrokerOptions::wait
  /// repeats that, with a jittered backoff, for that long. Throws the last broker's Error, or
  /// Interrupted.
  std::unique_ptr<Session> connect();

  /// Replaces a lost session. Begins with the broker after the lost one, and goes on with a
  /// jittered backoff until the command's deadline or, without one, for kRecoveryTime. `fruitful`
  /// says whether the lost session got something done. Gives up after ten sessions in a row that
  /// got nothing done and ended within two seconds. Throws the last broker's Error, Error{timeout}
  /// when the deadline passed, or Interrupted.
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
  std::size_t next_ = 0;  // index of the broker to try next
  Duration backoff_{};
  TimePoint connected_at_{};  // when the last session was opened
  int short_lives_ = 0;       // sessions in a row that ended soon
};

/// Whether another connection may go on after a session that ended like this: it was lost, forced
/// closed, or ended by its node's shutdown. A refusal does not count: the broker would repeat it.
bool is_recoverable(const Closed& closed);

/// Whether the broker closed the channel because a delivery was not acknowledged for longer than
/// its consumer_timeout (https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout).
bool is_consumer_timeout(const Closed& closed);

/// The deadline for closing the connection at the end of a run: kGrace from now if `hurried` by an
/// error or a signal; otherwise kGoodbye from now or the command's deadline, whichever is earlier,
/// but never less than kGrace.
Deadline goodbye_deadline(bool hurried, const Context& context);

}  // namespace mscomm
