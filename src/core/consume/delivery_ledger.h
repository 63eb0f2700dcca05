#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include "core/amqp/session.h"

namespace mscomm {

/// What becomes of a delivery.
enum class Fate : std::uint8_t {
  open,     ///< not decided
  ack,      ///< it was taken
  reject,   ///< the broker dead-letters it, or drops it where the queue has no dead-letter exchange
  requeue,  ///< it goes back to the queue now
  hold,     ///< it goes back to the queue when the run ends
  settled,  ///< the broker was told; only a ledger says so
};

/// A settlement to send: of one delivery or, with `multiple`, of each unsettled one up to the tag.
struct Settlement {
  std::uint64_t delivery_tag = 0;
  Settle how = Settle::ack;
  bool multiple = false;
  std::uint64_t messages = 1;  ///< how many deliveries it settles
  bool operator==(const Settlement&) const = default;
};

/// The deliveries of one channel that the broker waits to hear about, and what is decided about
/// each. Delivery tags belong to a channel (AMQP 0-9-1, basic.deliver): another one needs another
/// ledger, and what the old one had unsettled is the broker's again.
class DeliveryLedger {
 public:
  /// Notes a delivery as open. Tags rise by one, as the broker gives them. `asked_for` is whether
  /// it counts among those that the run was to take.
  void add(std::uint64_t delivery_tag, bool asked_for = true);

  /// Decides about an open or held delivery; about one that is settled nothing can be decided.
  void decide(std::uint64_t delivery_tag, Fate fate);
  /// Decides about every delivery that is open.
  void decide_open(Fate fate);
  /// Held deliveries go back.
  void release_held();

  /// What is decided and not yet told to the broker, about `most` deliveries at most, in the fewest
  /// settlements: neighbours with the same fate share one as long as nothing before them is
  /// unsettled. The ledger counts them as settled.
  std::vector<Settlement> take_due(std::uint64_t most = std::numeric_limits<std::uint64_t>::max());

  [[nodiscard]] std::uint64_t settled() const noexcept { return settled_; }
  /// Of the settled ones, those that were asked for.
  [[nodiscard]] std::uint64_t settled_asked_for() const noexcept { return settled_asked_for_; }
  [[nodiscard]] std::uint64_t unsettled() const noexcept { return unsettled_; }
  [[nodiscard]] std::uint64_t held() const noexcept { return held_; }

 private:
  struct Entry {
    Fate fate = Fate::open;
    bool asked_for = true;
  };

  void change(std::uint64_t delivery_tag, Fate& current, Fate fate);
  void forget_settled();

  std::deque<Entry> entries_;  // of the deliveries from first_ on
  std::uint64_t first_ = 1;    // unsettled, if there is any
  // Nothing before is open; nothing outside of these is due.
  std::uint64_t first_open_ = 1;
  std::uint64_t first_due_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t last_due_ = 0;
  std::uint64_t settled_ = 0;
  std::uint64_t settled_asked_for_ = 0;
  std::uint64_t unsettled_ = 0;
  std::uint64_t held_ = 0;
};

}  // namespace mscomm
