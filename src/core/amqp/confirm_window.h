#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/amqp/session.h"

namespace mscomm {

/// The publishes of one channel that the broker has not answered yet, in sequence order.
///
/// A basic.return names no sequence number, but always comes before the confirm of its message
/// (https://www.rabbitmq.com/docs/confirms), so it is matched by message id, route and size against
/// the unanswered ones, oldest first.
class ConfirmWindow {
 public:
  struct Entry {
    std::uint64_t number = 0;  ///< the message's place in the input, from 1
    std::string message_id;
    Route route;
    std::uint64_t body_bytes = 0;
    bool returned = false;
    bool resolved = false;
  };

  struct Resolved {
    std::uint64_t confirmed = 0;
    std::uint64_t returned = 0;
    std::vector<Entry> refused;  ///< by nack
  };

  /// Sequence numbers must be given in order without gaps, as a channel gives them.
  void add(std::uint64_t sequence, Entry entry);

  /// The message that came back, marked so that its confirm does not count as success; null when
  /// none fits.
  const Entry* mark_returned(const Returned& returned);

  Resolved resolve(const Confirm& confirm);

  /// Takes all that is unanswered out, oldest first.
  std::vector<Entry> take_unanswered();

  [[nodiscard]] std::size_t size() const noexcept { return unanswered_; }
  /// From the oldest unanswered one to the newest: what the window has to remember.
  [[nodiscard]] std::size_t span() const noexcept { return entries_.size(); }
  [[nodiscard]] bool empty() const noexcept { return unanswered_ == 0; }

 private:
  void resolve_one(Entry& entry, bool accepted, Resolved& result);

  std::deque<Entry> entries_;  // the front has sequence first_
  std::uint64_t first_ = 1;
  std::size_t unanswered_ = 0;
};

}  // namespace mscomm
