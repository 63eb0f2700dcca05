#include "core/consume/settling.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace mscomm {
namespace {

// With a smaller window the broker soon waits for acknowledgements.
constexpr std::uint64_t kWideWindow = 100;

}  // namespace

void Settling::subscribe() {
  if (!count_reached()) {
    window_.open(is_capped() ? std::optional(wanted()) : std::nullopt);
  }
}

bool Settling::note(const Delivery& delivery) {
  const bool is_new = window_.note(delivery);
  if (window_.is_exceeded_by(ledger_.unsettled() + 1)) {
    throw Error(Exit::unreachable,
                fmt::format("{} sent more messages than the prefetch allows", session_->name()),
                "the broker, or what stands in front of it, is at fault");
  }
  if (!is_new) {
    window_.allow_another();
    pass_over(delivery.delivery_tag, Fate::ack);
    return false;
  }
  try {
    if (guard_ == nullptr || guard_->note(delivery)) {
      return true;
    }
  } catch (...) {
    pass_over(delivery.delivery_tag, Fate::hold);
    throw;
  }
  window_.allow_another();
  pass_over(delivery.delivery_tag, Fate::hold);
  return false;
}

void Settling::note_unseen(const Delivery& delivery) {
  (void)window_.note(delivery);
  pass_over(delivery.delivery_tag, Fate::hold);
  if (guard_ != nullptr) {
    guard_->note_unseen(delivery);
  }
}

// Whether the broker must not send more than is asked for. With a filter it is not known how many
// messages that takes.
bool Settling::is_capped() const {
  return plan_.count && !chooses_ && plan_.ack != AckMode::automatic;
}

// How many more deliveries may be settled: each one settled makes room for another.
std::uint64_t Settling::grantable() const {
  return stopped_ ? std::numeric_limits<std::uint64_t>::max() : window_.grantable(ledger_);
}

void Settling::take(std::uint64_t delivery_tag) {
  ledger_.add(delivery_tag, true, window_.last_consumer());
  ++taken_;
}

void Settling::take_acknowledged(std::uint64_t delivery_tag) {
  take(delivery_tag);
  if (guard_ != nullptr && count_reached() && (!guard_->is_needed() || window_.is_full(ledger_))) {
    stop_taking();  // it must not make room for one more
  }
  ledger_.decide(delivery_tag, Fate::ack);
  settle();
  session_->flush();
}

void Settling::pass_over(std::uint64_t delivery_tag, Fate fate) {
  ledger_.add(delivery_tag, false, window_.last_consumer());
  ledger_.decide(delivery_tag, fate);
}

void Settling::settle() {
  if (guard_ != nullptr) {
    guard_->divert(ledger_);
  }
  if (window_.is_stream()) {
    ledger_.release_held(Fate::ack);  // nothing goes back to a stream, nor leaves it
  }
  // What a stopped consumer has got makes no room, so more may be allowed afterwards.
  for (auto due = ledger_.take_due(grantable()); !due.empty();
       due = ledger_.take_due(grantable())) {
    for (const auto& [tag, how, multiple, messages] : due) {
      session_->settle(tag, how, multiple);
      ++sent_;
      (how == Settle::ack      ? report_.acknowledged
       : how == Settle::reject ? report_.rejected
                               : report_.returned) += messages;
    }
  }
  if (guard_ != nullptr) {
    guard_->count_settled(ledger_);
  }
}

void Settling::stop_taking() {
  stopped_ = true;
  window_.stop();
}

void Settling::give_all_back() {
  stop_taking();
  release_open();
  settle_the_rest();
}

void Settling::settle_now_and_then() {
  if (taken_ % (window_.size() / 4 + 1) == 0) {
    settle();
    session_->flush();
  }
}

bool Settling::is_narrow() const {
  return window_.size() < kWideWindow || 2 * ledger_.unsettled() > window_.size();
}

bool Settling::forget_connection() {
  const bool fruitful = ledger_.settled() > 0;
  // Messages of a temporary queue are gone with it and do not come again, settled or not.
  taken_before_ += plan_.temporary ? taken_ : std::min(taken_, ledger_.settled_asked_for());
  taken_ = 0;
  ledger_ = DeliveryLedger();
  window_.forget();
  stopped_ = false;
  if (guard_ != nullptr) {
    guard_->disown();
  }
  return fruitful;
}

std::uint64_t Settling::settle_the_rest() {
  stopped_ = true;
  ledger_.release_held(window_.is_stream() ? Fate::ack : Fate::requeue);
  const auto before = report_.settled();
  settle();
  return report_.settled() - before;
}

}  // namespace mscomm
