#include "core/consume/recovery.h"

#include <fmt/format.h>

#include "core/amqp/connector.h"
#include "core/amqp/session_steps.h"
#include "core/amqp/topology.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// How long a healthy broker takes to answer the close of a connection that is given up.
constexpr Duration kShortGoodbye = 500ms;

}  // namespace

void Recovery::on_closed(const Closed& closed) {
  if (is_recoverable(closed)) {
    throw ConnectionLost(closed.error);
  }
  throw closed.error;
}

void Recovery::on_cancelled() {
  try {
    session_.ask([&](Session& session) { return look_up_queue(session, plan_.queue); });
  } catch (const ChannelRefusal& refusal) {
    if (is_no_queue(refusal)) {
      throw Error(Exit::failed,
                  fmt::format("queue '{}' was deleted while it was consumed", plan_.queue));
    }
  }
  const Error ended(Exit::failed,
                    fmt::format("queue '{}' ended while it was consumed", plan_.queue),
                    "the node that leads it is gone");
  if (session_.replaces()) {
    throw ConnectionLost(ended);
  }
  throw Error(ended);
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
  const bool fruitful = settling_.forget_connection();
  handler_.disown();
  session_.replace(fruitful);
  const auto missed = plan_.temporary
                          ? "; what was sent to the temporary queue's exchange in between is missed"
                          : "";
  tell_recovered(*session_, context_.clock.now() - lost_at, {},
                 fmt::format("connected again to {}{}", session_->name(), missed),
                 context_.observer);
}

}  // namespace mscomm
