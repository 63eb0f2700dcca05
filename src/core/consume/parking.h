#pragma once

#include <poll.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/amqp/session_owner.h"
#include "core/consume/delivery_copier.h"
#include "core/consume/message_job.h"
#include "core/runtime/child_process.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// A message that was parked, or could not be.
struct ParkResult {
  std::uint64_t delivery_tag = 0;
  std::string message;    ///< for people: "message 7: the command failed: exit status 1"
  bool placed = false;    ///< the broker confirmed the copy: the original may be acknowledged
  std::string why;        ///< for people, when it is not placed
  bool in_doubt = false;  ///< it is not placed as far as is known, and may be there all the same
};

/// Copies messages whose command failed into another queue, where somebody looks at them. A copy is
/// the message after detach_copy(), without its expiration, and with these headers:
///
///   x-mscomm-reason       how the command ended, in words: "exit status 1"
///   x-mscomm-exit         its exit status as a shell has it: 128 and the number for a signal
///   x-mscomm-attempts     how often it was run
///   x-mscomm-queue, x-mscomm-exchange, x-mscomm-routing-key    where the message came from
///   x-mscomm-parked-at    when, as an AMQP timestamp
///   x-mscomm-expiration   the expiration, if it had one: a parked message does not expire
class Parking {
 public:
  /// The session needs publisher confirms. All that is referred to must outlive this object.
  Parking(SessionOwner& session, std::string queue, const Context& context);

  [[nodiscard]] const std::string& queue() const { return queue_; }

  /// Takes a message whose command ended so; advance() sends it.
  void park(MessageJob job, const ChildEnd& end);
  /// Sends, takes the broker's answers, and returns what is new. When the broker does not answer
  /// that is an error(), and nothing more is sent. Throws Interrupted.
  std::vector<ParkResult> advance();
  /// Messages without a result.
  [[nodiscard]] std::size_t under_way() const noexcept { return messages_.size(); }
  [[nodiscard]] std::vector<std::uint64_t> delivery_tags() const;
  /// How many messages may be in the queue although they went back, or twice, at most.
  [[nodiscard]] std::uint64_t maybe_twice() const { return doubtful_ + copier_.report().resent; }
  /// Why no more can be parked, or nullptr.
  [[nodiscard]] const Error* error() const { return failure_ ? &*failure_ : copier_.error(); }

  void append_polled(std::vector<pollfd>& polled) const;
  [[nodiscard]] Deadline wake_at() const { return failure_ ? Deadline() : copier_.wake_at(); }
  /// The originals' connection is lost: they come again, and no more results come of them.
  void disown();
  /// The run ends: messages that are not sent are dropped, and a lost connection is not replaced.
  void end();
  /// Ends the session politely; copies that are not answered by then count in maybe_twice().
  void close(const Deadline& deadline);

 private:
  struct Parked {
    MessageJob job;
    ChildEnd end;
  };

  void send(std::vector<ParkResult>& results);
  void add_results(const std::vector<CopyResult>& copies, std::vector<ParkResult>& results);
  [[nodiscard]] Properties properties_of(const Parked& parked) const;

  std::string queue_;
  const Context& context_;
  PublishPlan plan_;
  DeliveryCopier copier_;
  std::optional<Error> failure_;  // the broker does not answer
  std::deque<Parked> unsent_;
  std::map<std::uint64_t, std::string> messages_;  // without a result, by delivery tag
  std::uint64_t doubtful_ = 0;                     // copies that may be there, of what went back
};

}  // namespace mscomm
