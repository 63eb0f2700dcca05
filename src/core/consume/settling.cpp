#include "core/consume/settling.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace mscomm {
namespace {

// With a smaller window the broker soon waits for acknowledgements.
constexpr std::uint16_t kWideWindow = 100;

}  // namespace

void Settling::subscribe() {
  if (count_reached()) {
    return;
  }
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint16_t>::max();
  if (plan_.ack == AckMode::none && !chooses_) {
    // Everything is held, so a prefetch limit would stop the flow for good.
    window_ = static_cast<std::uint16_t>(plan_.count && wanted() <= kMost ? wanted() : 0);
  } else {
    window_ = plan_.prefetch;
    if (is_capped()) {
      window_ = static_cast<std::uint16_t>(std::min<std::uint64_t>(window_, wanted()));
    }
  }
  ledger_.begin_window();
  consumer_tag_ = session_.ask([&](Session& session) {
    return session.consume({plan_.queue, false, window_, {}});
  });
}

// Whether the broker must not send more than is asked for. With a filter it is not known how many
// messages that takes.
bool Settling::is_capped() const {
  return plan_.count && !chooses_ && plan_.ack != AckMode::automatic;
}

// How many more deliveries may be settled: each one settled makes room for another.
std::uint64_t Settling::grantable() const {
  if (!is_capped() || stopped_) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  const auto filled = std::min<std::uint64_t>(window_, ledger_.unsettled_in_window());
  const auto allowed = taken_ + (window_ - filled);
  return wanted() > allowed ? wanted() - allowed : 0;
}

void Settling::take(std::uint64_t delivery_tag) {
  ledger_.add(delivery_tag);
  ++taken_;
}

void Settling::take_acknowledged(std::uint64_t delivery_tag) {
  take(delivery_tag);
  ledger_.decide(delivery_tag, Fate::ack);
  settle();
  session_->flush();
}

void Settling::pass_over(std::uint64_t delivery_tag, Fate fate) {
  ledger_.add(delivery_tag, false);
  ledger_.decide(delivery_tag, fate);
}

void Settling::settle() {
  // Of an earlier window's deliveries none makes room, so more may be allowed afterwards.
  for (auto due = ledger_.take_due(grantable()); !due.empty();
       due = ledger_.take_due(grantable())) {
    for (const auto& [tag, how, multiple, messages] : due) {
      session_->settle(tag, how, multiple);
      (how == Settle::ack      ? report_.acknowledged
       : how == Settle::reject ? report_.rejected
                               : report_.returned) += messages;
    }
  }
}

void Settling::stop_taking() {
  if (!stopped_ && has_consumer()) {
    stopped_ = true;
    session_->stop_consumer(consumer_tag_);
  }
}

void Settling::settle_now_and_then() {
  if (taken_ % (window_ / 4U + 1U) == 0) {
    settle();
    session_->flush();
  }
}

bool Settling::is_narrow() const {
  return window_ != 0 && (window_ < kWideWindow || 2 * ledger_.unsettled() > window_);
}

// Starts another consumer, which has a window of its own, since prefetch counts per consumer. It
// begins before the old one ends: an auto-delete queue would end with its last consumer.
void Settling::renew_window() {
  if (window_ == 0) {
    return;
  }
  // With a count, the room left in a window that is not full would be lost.
  const std::uint64_t enough = is_capped() ? window_ : (window_ + 1U) / 2;
  const auto room = std::min<std::uint64_t>(window_, grantable());
  if (ledger_.held_in_window() < enough || room == 0) {
    return;
  }
  window_ = static_cast<std::uint16_t>(room);
  ledger_.begin_window();
  session_.ask([&](Session& session) {
    auto next = session.consume({plan_.queue, false, window_, {}});
    session.cancel(std::exchange(consumer_tag_, std::move(next)));
  });
}

bool Settling::forget_connection() {
  const bool fruitful = ledger_.settled() > 0;
  // Messages of a temporary queue are gone with it and do not come again, settled or not.
  taken_before_ += plan_.temporary ? taken_ : std::min(taken_, ledger_.settled_asked_for());
  taken_ = 0;
  ledger_ = DeliveryLedger();
  stopped_ = false;
  consumer_tag_.clear();
  return fruitful;
}

std::uint64_t Settling::settle_the_rest() {
  stopped_ = true;
  ledger_.release_held();
  const auto before = report_.settled();
  settle();
  return report_.settled() - before;
}

}  // namespace mscomm
