#include "core/consume/recovery.h"

#include <fmt/format.h>

#include <utility>

#include "core/amqp/broker_error.h"
#include "core/amqp/connector.h"
#include "core/amqp/session_steps.h"
#include "core/amqp/topology.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// How long a healthy broker takes to answer the close of a connection that is given up.
constexpr Duration kShortGoodbye = 500ms;
// A connection that ends after a longer time was not ended by the messages that came at its start.
constexpr Duration kSoon = 30s;

}  // namespace

void Recovery::on_closed(const Closed& closed) {
  if (is_recoverable(closed)) {
    throw ConnectionLost(closed.error);
  }
  if (is_consumer_timeout(closed)) {
    on_timeout(settling_.has_only_passed_over(), closed.error);
  }
  throw closed.error;
}

// All that was unsettled is back in the queue.
void Recovery::on_timeout(bool has_only_passed_over, const Error& error) {
  if (!has_only_passed_over) {
    session_.note_loss();  // what is still being handled has no delivery any more
    throw error;
  }
  held_too_long_ = true;
  throw ConnectionLost(
      Error(Exit::failed,
            "the messages that --filter leaves out were held for longer than the broker's "
            "consumer_timeout; they are back in the queue",
            "--unmatched ack or reject settles them at once"));
}

void Recovery::on_cancelled() {
  const bool has_only_passed_over = settling_.has_only_passed_over();
  const bool holds = settling_.ledger().unsettled() > 0;
  bool may_be_timeout = holds && session_->version().consumer_timeout_is_cancel();
  if (may_be_timeout) {
    settling_.give_all_back();
  }
  bool is_there = false;
  try {
    is_there =
        session_
            .ask([&](Session& session) { return look_up_queue_if_permitted(session, plan_.queue); })
            .has_value();
  } catch (const ChannelRefusal& refusal) {
    if (is_no_queue(refusal)) {
      throw Error(Exit::failed,
                  fmt::format("queue '{}' was deleted while it was consumed", plan_.queue));
    }
    may_be_timeout = false;
  }
  const Error ended(Exit::failed,
                    fmt::format("queue '{}' ended while it was consumed", plan_.queue),
                    "the node that leads it is gone, or a message was not acknowledged for longer "
                    "than the broker's consumer_timeout (RabbitMQ 4.3)");
  if (may_be_timeout) {
    on_timeout(has_only_passed_over, is_there ? consumer_timeout_error(plan_.queue) : ended);
  }
  if (session_.replaces()) {
    throw ConnectionLost(ended);
  }
  throw Error(ended);
}

// A message that ends its connection comes first on the next one, too.
void Recovery::check_progress(const ConnectionLost& lost, std::uint64_t messages, bool fruitful) {
  if (std::exchange(held_too_long_, false) || fruitful || messages == 0 ||
      context_.clock.now() - began_ > kSoon) {
    last_.reset();
    return;
  }
  const Round round{lost.what(), messages};
  if (last_ == round) {
    throw Error(lost.reason(),
                fmt::format("twice the connection ended after the same {} message{}: {}", messages,
                            messages == 1 ? "" : "s", lost.what()),
                "one of them, or the next, may be the reason; nothing was acknowledged");
  }
  last_ = round;
}

void Recovery::resume(const ConnectionLost& lost) {
  if (!session_.replaces()) {
    throw Error(lost);
  }
  const auto lost_at = context_.clock.now();
  tell_lost(*session_, lost, context_.observer);
  if (!session_.is_lost()) {
    session_->discard_deliveries();
    session_->close(Deadline(context_.clock.now() + kShortGoodbye));
  }
  const auto messages = settling_.ledger().unsettled();
  const bool fruitful = settling_.forget_connection();
  handler_.disown();
  check_progress(lost, messages, fruitful);
  session_.replace(fruitful);
  began_ = context_.clock.now();
  const auto missed = plan_.temporary
                          ? "; what was sent to the temporary queue's exchange in between is missed"
                          : "";
  tell_recovered(*session_, context_.clock.now() - lost_at, {},
                 fmt::format("connected again to {}{}", session_->name(), missed),
                 context_.observer);
}

}  // namespace mscomm
