#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/http/status_set.h"
#include "core/probe/probe_target.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// How far a broker is checked; each level includes those before it.
enum class BrokerLevel {
  connect,    ///< it answers the AMQP protocol header; no login
  login,      ///< login, virtual host and a channel
  roundtrip,  ///< a message goes through a temporary queue and back
};

/// The level's name: "connect", "login", "roundtrip".
std::string_view level_name(BrokerLevel level);

struct CheckOptions {
  BrokerLevel level = BrokerLevel::login;
  StatusSet expect;          ///< for HTTP targets
  std::string expect_shown;  ///< as the user wrote it; empty for the default
  TlsOptions tls;            ///< for HTTP targets; a BrokerUrl carries its own
  bool is_waiting = false;   ///< --wait was given, so no hint recommends it
};

/// The result of one check of one target.
struct CheckResult {
  Exit outcome = Exit::ok;
  std::string error;  ///< empty on success; without the target's name
  std::string hint;
  int status = 0;                   ///< HTTP only; 0: no response
  std::string reason;               ///< the reason phrase
  std::string server;               ///< AMQP only: "RabbitMQ 3.10.8"
  std::optional<Duration> connect;  ///< until the connection was established, TLS included
  Duration latency{};               ///< until the check succeeded

  [[nodiscard]] bool ok() const { return outcome == Exit::ok; }
};

/// Checks once, until the deadline at most. Throws Interrupted.
using Check = std::function<CheckResult(const Deadline& deadline)>;

/// The check that fits a target. All three must outlive it; it may run in any thread.
///
///   target | outcome when it does not hold
///   -------|---------------------------------------------------------------------------------
///   http   | denied for an unexpected 401 or 403, failed for any other unexpected status
///   amqp   | what the broker answered; failed when an alarm blocks publishers or the message
///          | is refused, unroutable or changed on its way
///   all    | unreachable, timeout; usage and io for options that cannot work
Check make_check(const ProbeTarget& target, const CheckOptions& options, const Context& context);

}  // namespace mscomm
