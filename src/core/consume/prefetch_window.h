#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/amqp/session_owner.h"
#include "core/consume/consume_plan.h"
#include "core/consume/delivery_ledger.h"
#include "core/runtime/clock.h"

namespace mscomm {

/// How many messages the broker may send ahead on one channel. AMQP fixes the prefetch of a
/// consumer when it starts, and counts it for each consumer: a window grows by further consumers.
///
/// It begins with one message and grows with what is taken, since what is sent ahead and goes back
/// counts towards the delivery limit of a quorum queue, seen or not. Held messages fill a window,
/// so more room is made behind them. A consumer whose window is full of them is stopped when
/// another one begins: nothing can be on its way to it, which would go back unseen.
///
/// Two kinds of queue need care. One with a single active consumer sends to the next only when the
/// earlier are gone; in RabbitMQ 3.10 a classic one then needs yet another to notice. A stream
/// starts each consumer anew, so what follows begins at the offset after the last.
class PrefetchWindow {
 public:
  /// All that is referred to must outlive this object.
  PrefetchWindow(SessionOwner& session, const ConsumePlan& plan, const Clock& clock)
      : session_(session), plan_(plan), clock_(clock) {}

  /// Starts the first consumer. The broker never sends more than `most` messages in all, if given,
  /// as long as no more are settled than grantable() says. Throws as SessionOwner::ask().
  void open(std::optional<std::uint64_t> most);
  /// Notes a delivery. False for one of a stream that comes again over another consumer: it is only
  /// to be acknowledged.
  [[nodiscard]] bool note(const Delivery& delivery);
  /// The number of the consumer that the last delivery came to, for the ledger.
  [[nodiscard]] std::uint32_t last_consumer() const noexcept { return last_consumer_; }
  /// Makes more room where it is due. Call it before settling. Throws as SessionOwner::ask().
  void widen(const DeliveryLedger& ledger);
  /// One delivery more may come than open() said: the last one does not count.
  void allow_another() { most_ = most_ ? std::optional(*most_ + 1) : std::nullopt; }
  /// When widen() is due although nothing comes.
  [[nodiscard]] Deadline wake_at(const DeliveryLedger& ledger) const;
  /// How many deliveries may be settled, each of which may make room for another.
  [[nodiscard]] std::uint64_t grantable(const DeliveryLedger& ledger) const;

  /// Whether nothing more comes before anything is settled.
  [[nodiscard]] bool is_full(const DeliveryLedger& ledger) const {
    return room(ledger, consumers_.size()) == 0;
  }
  /// The messages that may be unsettled at once, what is held apart.
  [[nodiscard]] std::uint64_t size() const noexcept { return live_; }
  /// Whether so many unsettled messages are more than the broker may have sent. Twice as many are
  /// let pass, and any number of a stream, which RabbitMQ sends by the chunk.
  [[nodiscard]] bool is_exceeded_by(std::uint64_t unsettled) const noexcept {
    return !is_stream_ && unsettled > 2 * granted_;
  }
  [[nodiscard]] bool is_open() const noexcept { return !consumers_.empty(); }
  /// Whether the queue is a stream, as far as its deliveries have shown.
  [[nodiscard]] bool is_stream() const noexcept { return is_stream_; }
  /// Stops all consumers without waiting for the broker's answer: deliveries may still come. One
  /// whose begin is not answered yet stays: call it again.
  void stop();
  /// Stops all consumers. Throws as Session::cancel().
  void cancel(const Deadline& deadline);
  /// The channel is lost, and with it all consumers.
  void forget();

 private:
  struct Consumer {
    std::string tag;
    std::uint64_t window = 0;
    bool is_live = true;
  };

  void add(std::uint64_t size, const DeliveryLedger& ledger, FieldTable arguments = {});
  void begin(std::uint64_t size, FieldTable arguments = {});
  void stop_one(std::size_t index);
  void grow(const DeliveryLedger& ledger);
  void look_at_silence();
  void yield_to_newest();
  void follow_stream(const DeliveryLedger& ledger);
  [[nodiscard]] std::uint64_t next_size(const DeliveryLedger& ledger) const;
  [[nodiscard]] std::uint64_t room(const DeliveryLedger& ledger, std::size_t consumers) const;
  [[nodiscard]] std::uint64_t on_its_way(const DeliveryLedger& ledger) const;
  static DeliveryLedger::Share share(const DeliveryLedger& ledger, std::size_t index);

  SessionOwner& session_;
  const ConsumePlan& plan_;
  const Clock& clock_;

  // State of one connection.
  std::optional<std::uint64_t> most_;
  std::vector<Consumer> consumers_;  // the newest last
  std::uint64_t begun_ = 0;          // consumers, on all connections
  std::uint32_t last_consumer_ = 0;
  std::size_t oldest_ = 0;     // of them that is not stopped
  std::uint64_t live_ = 0;     // the sum of the windows of those that are not stopped
  std::uint64_t granted_ = 0;  // the sum of the windows of all
  std::uint64_t since_ = 0;    // deliveries since the newest began
  std::uint64_t bytes_since_ = 0;
  bool newest_is_silent_ = false;
  TimePoint quiet_since_;  // the last delivery, or consumer
  bool nudged_ = false;    // and nothing has come since
  bool is_grown_ = false;  // more consumers would get nothing
  bool checked_for_stream_ = false;
  bool is_stream_ = false;
  bool follows_stream_ = false;
  std::int64_t offset_ = 0;  // the last one of a stream
};

}  // namespace mscomm
