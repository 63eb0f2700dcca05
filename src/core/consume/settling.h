#pragma once

#include <cstdint>
#include <string>

#include "core/amqp/session_owner.h"
#include "core/consume/consume_plan.h"

namespace mscomm {

/// What the broker is told about the deliveries of a run, and how many it may send: consumers,
/// their prefetch, and settlements, which are counted into a report.
///
/// With a count, no settlement makes room for more than is asked for: so the next message stays in
/// the queue.
class Settling {
 public:
  /// `chooses` is whether some messages are not asked for. All that is referred to outlives this.
  Settling(SessionOwner& session, const ConsumePlan& plan, bool chooses, ConsumeReport& report)
      : session_(session), plan_(plan), chooses_(chooses), report_(report) {}

  /// Where fates are decided; settle() tells them.
  [[nodiscard]] DeliveryLedger& ledger() { return ledger_; }

  /// Starts the consumer on a new connection, unless everything is taken. Throws as
  /// SessionOwner::ask().
  void subscribe();
  /// Notes a delivery that is handled, and counts.
  void take(std::uint64_t delivery_tag);
  /// Acknowledges one, and sends that, before it is handled.
  void take_acknowledged(std::uint64_t delivery_tag);
  /// Notes one that is not handled.
  void pass_over(std::uint64_t delivery_tag, Fate fate);
  [[nodiscard]] bool count_reached() const { return plan_.count && taken_ >= wanted(); }

  /// Buffers what is decided.
  void settle();
  /// As settle(), and sends it, for a caller that handles deliveries one by one: four times a
  /// window.
  void settle_now_and_then();
  /// Held deliveries fill the window: makes room when they do, for a run that takes more. Throws as
  /// SessionOwner::ask().
  void renew_window();
  /// Whether the broker may soon wait for settlements.
  [[nodiscard]] bool is_narrow() const;

  /// What is not settled of a lost connection's comes again. Returns whether anything was.
  bool forget_connection();

  // The end of the run.

  [[nodiscard]] bool has_consumer() const { return !consumer_tag_.empty(); }
  /// Stops the consumer. Throws as Session::cancel().
  void cancel() { session_->cancel(consumer_tag_); }
  /// Gives back what is held, and settles all that is decided. Returns how many that was.
  std::uint64_t settle_the_rest();

 private:
  [[nodiscard]] bool is_capped() const;
  [[nodiscard]] std::uint64_t wanted() const { return *plan_.count - taken_before_; }
  [[nodiscard]] std::uint64_t grantable() const;

  SessionOwner& session_;
  const ConsumePlan& plan_;
  bool chooses_;
  ConsumeReport& report_;
  std::uint64_t taken_before_ = 0;  // of the count, over the connections that were lost
  bool ended_ = false;

  // What belongs to one connection.
  DeliveryLedger ledger_;
  std::string consumer_tag_;
  std::uint64_t taken_ = 0;            // messages that were asked for
  std::uint16_t window_ = 0;           // the consumer's prefetch
  std::uint64_t granted_ = 0;          // what the broker may send without a settlement
  std::uint64_t held_by_earlier_ = 0;  // consumers, whose windows these fill
};

}  // namespace mscomm
