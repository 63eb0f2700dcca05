#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include "core/amqp/session.h"

namespace mscomm {

/// What is decided about a delivery.
enum class Fate : std::uint8_t {
  open,     ///< not decided yet
  ack,      ///< it was handled
  reject,   ///< the broker dead-letters it, or drops it where the queue has no dead-letter exchange
  requeue,  ///< it goes back to the queue now
  hold,     ///< it goes back to the queue when the run ends
  copying,  ///< it goes back as a copy (ReturnGuard), whose end decides
  settled,  ///< the broker was told; only the ledger sets this
};

/// A settlement to send: for one delivery or, with `multiple`, for all unsettled ones up to the
/// tag.
struct Settlement {
  std::uint64_t delivery_tag = 0;
  Settle how = Settle::ack;
  bool multiple = false;
  std::uint64_t messages = 1;  ///< how many deliveries it settles
  bool operator==(const Settlement&) const = default;
};

/// The unsettled deliveries of one channel, and what is decided about each. Delivery tags belong to
/// a channel (AMQP 0-9-1, basic.deliver), so another channel needs another ledger; the broker
/// requeues the unsettled deliveries of the old one.
class DeliveryLedger {
 public:
  /// Notes a delivery as open. `asked_for` says whether it counts towards the run's messages,
  /// `consumer` is the number of the one that got it. Throws Error{unreachable} when the tag is not
  /// one more than the last: brokers number a channel's deliveries.
  void add(std::uint64_t delivery_tag, bool asked_for = true, std::uint32_t consumer = 0);

  /// Decides about an open or held delivery; has no effect on a settled one. Fate::open takes back
  /// what was decided.
  void decide(std::uint64_t delivery_tag, Fate fate);
  /// Decides about every delivery that is open.
  void decide_open(Fate fate);
  /// Decides about held deliveries.
  void release_held(Fate fate);
  /// What is decided about an unsettled delivery; `settled` for any other.
  [[nodiscard]] Fate fate(std::uint64_t delivery_tag) const;

  /// The settlements that are decided and not sent, for `most` deliveries at most, in the fewest
  /// methods: neighbours with the same fate share one (`multiple`) as long as nothing before them
  /// is unsettled. What is returned or rejected goes consumer by consumer, or the broker would
  /// sort it by the consumers' tags. The ledger counts them as settled from now on.
  std::vector<Settlement> take_due(std::uint64_t most = std::numeric_limits<std::uint64_t>::max());

  [[nodiscard]] std::uint64_t settled() const noexcept { return settled_; }
  /// The settled ones that were asked for.
  [[nodiscard]] std::uint64_t settled_asked_for() const noexcept { return settled_asked_for_; }
  [[nodiscard]] std::uint64_t unsettled() const noexcept { return unsettled_; }
  [[nodiscard]] std::uint64_t held() const noexcept { return held_; }
  /// How many there have been.
  [[nodiscard]] std::uint64_t added() const noexcept { return settled_ + unsettled_; }

  /// What one consumer has got.
  struct Share {
    std::uint32_t unsettled = 0;
    std::uint32_t held = 0;
  };
  [[nodiscard]] Share share(std::uint32_t consumer) const {
    return consumer < shares_.size() ? shares_[consumer] : Share{};
  }
  /// The number of consumers that have got unsettled deliveries.
  [[nodiscard]] std::uint32_t holders() const noexcept { return holders_; }

 private:
  struct Entry {
    Fate fate = Fate::open;
    bool asked_for = true;
    std::uint32_t consumer = 0;
  };

  void change(std::uint64_t delivery_tag, Entry& entry, Fate fate);
  void count_settled(const Entry& entry);
  void forget_settled();

  std::deque<Entry> entries_;  // deliveries from first_ on
  std::uint64_t first_ = 1;    // unsettled, if there is any
  // No delivery before first_open_ is open; none outside first_due_ to last_due_ is due.
  std::uint64_t first_open_ = 1;
  std::uint64_t first_due_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t last_due_ = 0;
  std::uint64_t settled_ = 0;
  std::uint64_t settled_asked_for_ = 0;
  std::uint64_t unsettled_ = 0;
  std::uint64_t held_ = 0;
  std::vector<Share> shares_;  // by consumer
  std::uint32_t holders_ = 0;
};

}  // namespace mscomm
