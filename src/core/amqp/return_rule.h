#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/amqp/session.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// What becomes of messages that go back to a queue. A quorum queue counts how often that happened
/// to a message, says so in the header x-delivery-count, and at its delivery limit drops or
/// dead-letters it (https://www.rabbitmq.com/docs/quorum-queues, "Poison Message Handling").
struct ReturnRule {
  bool counts = true;  ///< false for other types
  /// How many returns a message survives; nothing: any number, as far as is known.
  std::optional<std::int64_t> limit = {};
  /// False when a policy may set another limit.
  bool is_certain = true;
  bool dead_letters = false;  ///< what exceeds the limit is not dropped, as far as is known

  /// Whether every message survives any number of returns.
  [[nodiscard]] bool never_drops() const { return !counts || (is_certain && !limit); }
  /// Whether a message that went back `count` times would not survive once more.
  [[nodiscard]] bool drops(std::int64_t count) const { return counts && limit && count >= *limit; }
  /// The same for a limit that may be lower than is known. None that anybody sets is below 1.
  [[nodiscard]] bool may_drop(std::int64_t count) const {
    return drops(count) || (counts && !is_certain && count >= 1);
  }
  /// "drops what goes back more than 3 times", for messages.
  [[nodiscard]] std::string text() const;
};

/// Asks the management API, at `management_url` or where it is by default. When that gives no
/// answer, asks over AMQP by ask_for_settings(), which cannot know policies; call it before
/// anything is consumed or published. Throws Interrupted, and Error when the session is lost.
ReturnRule find_return_rule(Session& session, const std::string& queue,
                            const std::string& management_url, const Context& context);

}  // namespace mscomm
