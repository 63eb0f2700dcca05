#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/amqp/session.h"
#include "core/amqp/topology.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// What a listener makes for itself: a temporary queue and exchanges that were missing, so that it
/// can be there before the publisher. An exchange that it made goes with it, unless something else
/// is bound to it or an event has come through it. Then somebody publishes to it, and would lose
/// the channel (404 NOT_FOUND) if it went; it stays as if the publisher had been there first.
///
/// It is durable like the one that a publisher declares, and not auto-delete: the broker refuses a
/// declaration that differs (406 PRECONDITION_FAILED).
class ListenerTopology {
 public:
  /// As mscomm::ensure_exchange(), and notes whether the exchange was missing before. Where the
  /// broker does not say (403), it was not.
  std::string ensure_exchange(Session& session, const ExchangeWish& wish);
  /// The queue whose bindings do not keep an exchange.
  void set_queue(const std::string& queue) { queue_ = queue; }
  /// A message came that was published to this exchange. What was published elsewhere came through
  /// exchanges that are bound to each other, and may have come through each.
  void note_message(std::string_view exchange);

  /// Deletes the queue and the exchanges that go, if there are any; what is in use stays. Throws
  /// Interrupted. Other failures are warnings. It waits for the broker's answers, since what
  /// follows the end of a connection too closely is not always done.
  void remove(Session& session, const Deadline& deadline, const Log& log);
  /// The same within kGrace, for a command that cannot go on. Call it where the reason is caught.
  void abandon(Session& session, const Context& context) noexcept;

 private:
  struct Exchange {
    std::string name;
    bool made = false;  // and nothing came through it
    bool used = false;
  };
  Exchange& known(const std::string& name);

  std::vector<Exchange> exchanges_;
  std::string queue_;
  bool has_made_ = false;
};

}  // namespace mscomm
