#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/amqp/session_owner.h"
#include "core/consume/consume_plan.h"
#include "core/consume/delivery_handler.h"
#include "core/consume/settling.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Decides whether a run of consuming can go on after its connection or its consumer ended, and
/// moves it to another connection.
class Recovery {
 public:
  /// All that is referred to must outlive this object.
  Recovery(SessionOwner& session, const ConsumePlan& plan, Settling& settling,
           DeliveryHandler& handler, const Context& context)
      : session_(session),
        plan_(plan),
        settling_(settling),
        handler_(handler),
        context_(context),
        began_(context.clock.now()) {}

  /// The session is closed. Throws ConnectionLost when another one may go on, otherwise the error
  /// that closed it. Another one goes on, too, when messages that the filter left out were held for
  /// longer than the broker allows.
  [[noreturn]] void on_closed(const Closed& closed);
  /// The broker ended the consumer. Throws an Error when the queue was deleted. A consumer timeout
  /// that arrives in this way ends or goes on as in on_closed(). When the queue exists but has lost
  /// its leader's node, throws ConnectionLost if sessions are replaced, or else an Error.
  [[noreturn]] void on_cancelled();

  /// Replaces the session. Unsettled messages come again, so they no longer count as taken. Throws
  /// `lost` if sessions are not replaced, or when two connections in a row ended alike: for the
  /// same reason, soon, and after as many messages, none of them settled. Else throws as
  /// SessionOwner::replace().
  void resume(const ConnectionLost& lost);

 private:
  // How a connection ended.
  struct Round {
    std::string reason;
    std::uint64_t messages = 0;
    bool operator==(const Round&) const = default;
  };
  [[noreturn]] void on_timeout(bool has_only_passed_over, const Error& error);
  void check_progress(const ConnectionLost& lost, std::uint64_t messages, bool fruitful);

  SessionOwner& session_;
  const ConsumePlan& plan_;
  Settling& settling_;
  DeliveryHandler& handler_;
  const Context& context_;
  TimePoint began_;            // the connection
  std::optional<Round> last_;  // the one before, if it ended soon and without a settlement
  bool held_too_long_ = false;
};

}  // namespace mscomm
