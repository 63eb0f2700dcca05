#pragma once

#include <cstdint>
#include <string>

#include "core/amqp/session_owner.h"
#include "core/consume/consume_plan.h"
#include "core/consume/prefetch_window.h"
#include "core/consume/return_guard.h"

namespace mscomm {

/// Settles the deliveries of a run, and counts that in a report.
///
/// With a count, settlements never make room for more messages than are asked for, so the next
/// message stays in the queue.
class Settling {
 public:
  /// `chooses` says whether a filter leaves messages out; `guard` may be nullptr. All that is
  /// referred to must outlive this object.
  Settling(SessionOwner& session, const ConsumePlan& plan, bool chooses, ReturnGuard* guard,
           ConsumeReport& report, const Clock& clock)
      : session_(session),
        plan_(plan),
        chooses_(chooses),
        guard_(guard),
        report_(report),
        window_(session, plan, clock) {}

  /// The ledger in which fates are decided; settle() sends them.
  [[nodiscard]] DeliveryLedger& ledger() { return ledger_; }

  /// Starts to consume on a new connection, unless the count is reached. Throws as
  /// SessionOwner::ask().
  void subscribe();
  /// Notes that a delivery came. False when that is all, since this run has handled it before.
  /// Throws Error{unreachable} when it is one too many.
  [[nodiscard]] bool note(const Delivery& delivery);
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
  /// Lets the broker send more ahead where it is due. Call it before settle(). Throws as
  /// SessionOwner::ask().
  void widen_window() { window_.widen(ledger_); }
  /// When widen_window() is due although nothing comes.
  [[nodiscard]] Deadline wake_at() const { return window_.wake_at(ledger_); }
  /// Ends the consumer when nothing more is to be taken while messages are under way: then
  /// settlements make no room and are not put off.
  void stop_taking();
  /// Ends the consumer and returns all that is unsettled, also what is still being handled. Where
  /// the channel ended with it, that would count as a failed delivery.
  void give_all_back();
  /// Whether nothing more comes before anything is settled.
  [[nodiscard]] bool window_is_full() const { return window_.is_full(ledger_); }
  /// Whether the broker may soon wait for settlements.
  [[nodiscard]] bool is_narrow() const;

  /// Drops the deliveries of a lost connection; unsettled ones come again. Returns whether any was
  /// settled.
  bool forget_connection();

  /// Whether all unsettled deliveries were passed over, so that none has been handled.
  [[nodiscard]] bool has_only_passed_over() const { return taken_ == ledger_.settled_asked_for(); }

  // The end of the run.

  [[nodiscard]] bool has_consumer() const { return window_.is_open(); }
  /// Stops to consume. Throws as Session::cancel().
  void cancel(const Deadline& deadline) { window_.cancel(deadline); }
  /// Notes a delivery that comes too late to be handled.
  void note_unseen(const Delivery& delivery);
  /// What is not decided goes back.
  void release_open() { ledger_.decide_open(Fate::hold); }
  /// The consumers that wait for settlements of this run. A quorum queue counts them as its own
  /// until then, stopped ones too.
  [[nodiscard]] std::uint32_t holders() const { return ledger_.holders(); }
  /// Settlements sent so far, each for one or several deliveries.
  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
  /// Gives back held deliveries and settles all decided ones. Returns the number settled.
  std::uint64_t settle_the_rest();

 private:
  [[nodiscard]] bool is_capped() const;
  [[nodiscard]] std::uint64_t wanted() const { return *plan_.count - taken_before_; }
  [[nodiscard]] std::uint64_t grantable() const;

  SessionOwner& session_;
  const ConsumePlan& plan_;
  bool chooses_;
  ReturnGuard* guard_;
  ConsumeReport& report_;
  std::uint64_t taken_before_ = 0;  // messages counted on lost connections
  std::uint64_t sent_ = 0;

  // State of one connection.
  DeliveryLedger ledger_;
  PrefetchWindow window_;
  std::uint64_t taken_ = 0;  // messages that were asked for
  bool stopped_ = false;     // the broker sends nothing more
};

}  // namespace mscomm
