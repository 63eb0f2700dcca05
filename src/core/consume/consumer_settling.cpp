// What a run of consuming tells the broker about its deliveries, and how many it lets it send.

#include <algorithm>
#include <limits>

#include "core/consume/consuming.h"

namespace mscomm {

void Consuming::subscribe() {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint16_t>::max();
  if (plan_.ack == AckMode::none && !hooks_.matches) {
    // Everything is held: a limit would stop the flow for good.
    window_ = static_cast<std::uint16_t>(plan_.count && wanted() <= kMost ? wanted() : 0);
  } else {
    window_ = plan_.prefetch;
    if (is_capped()) {
      window_ = static_cast<std::uint16_t>(std::min<std::uint64_t>(window_, wanted()));
    }
  }
  granted_ = window_;
  consumer_tag_ = ask([&](Session& session) {
    return session.consume({plan_.queue, false, window_, plan_.arguments});
  });
}

// Of the count, what the connection before left to do.
std::uint64_t Consuming::wanted() const { return *plan_.count - taken_before_; }

// Whether the broker must not send more than is asked for. Where messages are chosen, nobody knows
// how many that will be.
bool Consuming::is_capped() const {
  return plan_.count && !hooks_.matches && plan_.ack != AckMode::automatic;
}

// How many more deliveries may be allowed: each one settled makes room for another.
std::uint64_t Consuming::grantable() const {
  if (!is_capped() || cancelled_) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  const auto allowed = granted_ + ledger_.settled();
  return wanted() > allowed ? wanted() - allowed : 0;
}

void Consuming::settle() {
  for (const auto& [tag, how, multiple, messages] : ledger_.take_due(grantable())) {
    session_->settle(tag, how, multiple);
    (how == Settle::ack      ? report_.acknowledged
     : how == Settle::reject ? report_.rejected
                             : report_.returned) += messages;
  }
}

// Held deliveries fill the window. Another consumer has a window of its own, since prefetch counts
// for each consumer; it begins before the first one ends, which might be the end of the queue.
void Consuming::renew_window() {
  if (window_ == 0 || takes_no_more()) {
    return;
  }
  // With a count, room that an unfilled window leaves would be lost.
  const std::uint64_t enough = is_capped() ? window_ : (window_ + 1U) / 2;
  const auto room = std::min<std::uint64_t>(window_, grantable());
  if (ledger_.held() - held_by_earlier_ < enough || room == 0) {
    return;
  }
  window_ = static_cast<std::uint16_t>(room);
  granted_ += window_;
  held_by_earlier_ = ledger_.held();
  ask([&](Session& session) {
    auto next = session.consume({plan_.queue, false, window_, plan_.arguments});
    session.cancel(std::exchange(consumer_tag_, std::move(next)));
  });
}

}  // namespace mscomm
