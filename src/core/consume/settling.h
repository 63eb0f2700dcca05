#pragma once

#include <cstdint>
#include <string>

#include "core/amqp/session_owner.h"
#include "core/consume/consume_plan.h"

namespace mscomm {

/// Settles the deliveries of a run and controls how many the broker may send: it owns the consumer,
/// its prefetch and the settlements, and counts these in a report.
///
/// With a count, settlements never make room for more messages than are asked for, so the next
/// message stays in the queue.
class Settling {
 public:
  /// `chooses` says whether a filter leaves messages out. All that is referred to must outlive this
  /// object.
  Settling(SessionOwner& session, const ConsumePlan& plan, bool chooses, ConsumeReport& report)
      : session_(session), plan_(plan), chooses_(chooses), report_(report) {}

  /// The ledger in which fates are decided; settle() sends them.
  [[nodiscard]] DeliveryLedger& ledger() { return ledger_; }

  /// Starts the consumer on a new connection, unless the count is reached. Throws as
  /// SessionOwner::ask().
  void subscribe();
  /// Notes a delivery that the handler has taken, and counts it.
  void take(std::uint64_t delivery_tag);
  /// Acknowledges a delivery and sends that, before it is handled.
  void take_acknowledged(std::uint64_t delivery_tag);
  /// Notes a delivery that is not handled.
  void pass_over(std::uint64_t delivery_tag, Fate fate);
  [[nodiscard]] bool count_reached() const { return plan_.count && taken_ >= wanted(); }

  /// Buffers the settlements that are decided.
  void settle();
  /// As settle(), and sends them, about four times per prefetch window; for a caller that handles
  /// deliveries one by one.
  void settle_now_and_then();
  /// Makes room when held deliveries fill the prefetch window, for a run that takes more. Throws as
  /// SessionOwner::ask().
  void renew_window();
  /// Ends the consumer when nothing more is to be taken while messages are under way: then
  /// settlements make no room and are not put off.
  void stop_taking();
  /// Whether the broker may soon wait for settlements.
  [[nodiscard]] bool is_narrow() const;

  /// Drops the deliveries of a lost connection; unsettled ones come again. Returns whether any was
  /// settled.
  bool forget_connection();

  /// Whether all unsettled deliveries were passed over, so that none has been handled.
  [[nodiscard]] bool has_only_passed_over() const { return taken_ == ledger_.settled_asked_for(); }

  // The end of the run.

  [[nodiscard]] bool has_consumer() const { return !consumer_tag_.empty(); }
  /// Stops the consumer. Throws as Session::cancel().
  void cancel() { session_->cancel(consumer_tag_); }
  /// Gives back held deliveries and settles all decided ones. Returns the number settled.
  std::uint64_t settle_the_rest();

 private:
  [[nodiscard]] bool is_capped() const;
  [[nodiscard]] std::uint64_t wanted() const { return *plan_.count - taken_before_; }
  [[nodiscard]] std::uint64_t grantable() const;

  SessionOwner& session_;
  const ConsumePlan& plan_;
  bool chooses_;
  ConsumeReport& report_;
  std::uint64_t taken_before_ = 0;  // messages counted on lost connections

  // State of one connection.
  DeliveryLedger ledger_;
  std::string consumer_tag_;
  std::uint64_t taken_ = 0;   // messages that were asked for
  std::uint16_t window_ = 0;  // the consumer's prefetch
  bool stopped_ = false;      // the broker sends nothing more
};

}  // namespace mscomm
