#include "core/consume/stop_rule.h"

#include <fmt/format.h>

#include "core/amqp/topology.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// A queue that has messages but delivers none for this long is not going to.
constexpr Duration kStuck = 10s;
// How often a quiet queue is asked whether it is empty.
constexpr Duration kEmptyCheck = 20ms;
// Answers in a row after which the queue counts as empty.
constexpr int kEmptyAnswers = 3;

}  // namespace

void StopRule::start() {
  last_delivery_ = context_.clock.now();
  empty_answers_ = 0;
}

bool StopRule::is_due(bool came) {
  const auto now = context_.clock.now();
  came = came || handler_.is_busy() || !handler_.has_room() || session_->is_receiving();
  if (came) {
    // Now, not the time of arrival: time spent on output says nothing about the queue.
    last_delivery_ = now;
    empty_answers_ = 0;
  }
  // What comes while an answer is waited for is kept in memory. A handler that works over another
  // connection is done now and then while much is on its way.
  const bool is_quiet = !plan_.forwards || now - last_delivery_ >= kEmptyCheck;
  // While acknowledgements are unsent the broker may hold back deliveries, so do not ask yet.
  if (plan_.until_empty && !came && is_quiet && session_->buffered() == 0 && queue_is_empty()) {
    return true;
  }
  if (plan_.idle && now - last_delivery_ >= *plan_.idle) {
    return true;
  }
  return deadline_ends(context_.clock.now());
}

bool StopRule::deadline_ends(TimePoint now) const {
  if (!context_.deadline.passed(now)) {
    return false;
  }
  if (handler_.is_busy()) {
    throw Error(Exit::timeout, fmt::format("the deadline passed while {}", handler_.work()));
  }
  const auto taken = handler_.handled().messages;
  if ((plan_.count && taken > 0) || plan_.until_empty) {
    throw Error(Exit::timeout, fmt::format("the deadline passed after {} message{}", taken,
                                           taken == 1 ? "" : "s"));
  }
  return true;
}

// The broker's channel process answers a passive declare before it handles deliveries in its own
// mailbox. So only several answers with no delivery in between show that the queue is empty.
bool StopRule::queue_is_empty() try {
  const auto state =
      session_.ask([&](Session& session) { return look_up_queue(session, plan_.queue); });
  if (session_->is_receiving()) {
    empty_answers_ = 0;
    return false;  // it came before the answer
  }
  empty_answers_ = state.messages == 0 ? empty_answers_ + 1 : 0;
  if (empty_answers_ == 0 && context_.clock.now() - last_delivery_ >= kStuck) {
    throw Error(
        Exit::failed,
        fmt::format("queue '{}' has {} messages and delivers none", plan_.queue, state.messages),
        "a stream is never empty, --idle ends it; a queue with a single active consumer may have "
        "another");
  }
  return empty_answers_ >= kEmptyAnswers;
} catch (const Error& error) {
  // The command's time was up while the broker could still have answered.
  if (error.reason() == Exit::timeout && context_.deadline.passed(context_.clock.now())) {
    return false;
  }
  throw;
}

Deadline StopRule::wake_at() const {
  Deadline wake;
  if (plan_.idle) {
    wake = Deadline(last_delivery_ + *plan_.idle);
  }
  if (plan_.until_empty) {
    const auto pause = empty_answers_ > 0 ? Duration::zero() : Duration(kEmptyCheck);
    wake = wake.min(Deadline(context_.clock.now() + pause));
  }
  return wake;
}

}  // namespace mscomm
