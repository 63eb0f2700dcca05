// How a run of consuming loses its connection, goes on over another one, and ends.

#include <amqp.h>
#include <amqp_framing.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/amqp/connector.h"
#include "core/consume/consuming.h"
#include "core/runtime/signals.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// After an early end: how long commands that run may go on.
constexpr Duration kCommandPatience = 5s;
// After the command's deadline: how long a healthy broker takes to say goodbye.
constexpr Duration kLateGoodbye = 500ms;

// As RabbitMQ words it (rabbit_amqqueue:not_found_or_absent, absent): the queue is there, but the
// node that leads it is not.
bool is_without_its_node(const ChannelRefusal& refusal) {
  return refusal.code() != AMQP_NOT_FOUND || refusal.text().find("no queue '") == std::string::npos;
}

}  // namespace

ConsumeReport Consuming::run() {
  try {
    last_delivery_ = context_.clock.now();
    for (bool goes_on = true; goes_on;) {
      goes_on = false;
      try {
        if (!count_reached()) {
          subscribe();
        }
        loop();
      } catch (const ConnectionLost& lost) {
        resume(lost);
        goes_on = true;
      }
    }
  } catch (const Interrupted&) {
    report_.interrupted = true;
    context_.stop.acknowledge();
  } catch (const ReaderGone&) {
    report_.reader_gone = true;
  } catch (const Error& error) {
    report_.error = error;
  }
  finish();
  return std::move(report_);
}

void Consuming::on_closed(const Closed& closed) {
  lost_ = true;
  push_out();
  if (is_recoverable(closed)) {
    throw ConnectionLost(closed.error);
  }
  throw closed.error;
}

// The queue was deleted, or it is still there and has lost the node that led it.
void Consuming::on_cancelled() {
  push_out();
  settle();
  const Error ended(Exit::failed,
                    fmt::format("queue '{}' ended while it was consumed", plan_.queue),
                    "the node that leads it is gone");
  try {
    ask([&](Session& session) {
      QueueDeclaration question;
      question.name = plan_.queue;
      question.passive = true;
      return session.declare_queue(question);
    });
  } catch (const ChannelRefusal& refusal) {
    if (!is_without_its_node(refusal)) {
      throw Error(Exit::failed,
                  fmt::format("queue '{}' was deleted while it was consumed", plan_.queue));
    }
  }
  if (hooks_.reconnect) {
    throw ConnectionLost(ended);
  }
  throw ended;
}

// What was not settled comes again, so nothing that belongs to it counts any more.
void Consuming::resume(const ConnectionLost& lost) {
  if (!hooks_.reconnect) {
    throw Error(lost);
  }
  context_.log.warning("{}; connecting again", lost.what());
  if (!lost_) {
    session_->discard_deliveries();
    session_->close(Deadline(context_.clock.now() + kLateGoodbye));
  }
  const bool fruitful = ledger_.settled() > 0;
  // What was taken from a queue that is gone does not come again, settled or not.
  taken_before_ += plan_.temporary ? taken_ : std::min(taken_, ledger_.settled_asked_for());
  taken_ = 0;
  ledger_ = DeliveryLedger();
  put_back_.clear();
  replies_.clear();
  if (hooks_.commands != nullptr) {
    hooks_.commands->disown();
  }
  held_by_earlier_ = 0;
  consumer_tag_.clear();
  empty_answers_ = 0;
  session_ = nullptr;
  session_ = &hooks_.reconnect(fruitful);
  lost_ = false;
  last_delivery_ = context_.clock.now();
  context_.log.warning("connected again to {}{}", session_->name(),
                       plan_.temporary ? "; what was sent to the temporary queue's exchange in "
                                         "between is missed"
                                       : "");
}

// Settles what was written, gives everything else back, says goodbye.
void Consuming::finish() {
  if (hooks_.commands != nullptr && hooks_.commands->busy()) {
    const bool no_time = context_.deadline.passed(context_.clock.now());
    end_commands(no_time ? Duration::zero() : kCommandPatience);
  }
  if (session_ == nullptr) {
    return;
  }
  const bool late = context_.deadline.passed(context_.clock.now());
  await_confirms(is_hurried() || report_.reader_gone ? kGrace : late ? kLateGoodbye : kGoodbye);
  const bool hurried = is_hurried();
  std::optional<Error> failure;
  const Duration goodbye = hurried ? kGrace : late ? kLateGoodbye : kGoodbye;
  const Deadline deadline(context_.clock.now() + goodbye);
  session_->discard_deliveries();
  if (lost_ || consumer_tag_.empty()) {
    session_->close(deadline);
    return;
  }
  try {
    // A request does not outlive the command's deadline; its end would look like a failure.
    if (!hurried && !late) {
      session_->cancel(consumer_tag_);
    }
  } catch (const Interrupted&) {
    report_.interrupted = true;
    context_.stop.acknowledge();
  } catch (const ChannelRefusal& refusal) {
    // With its channel every settlement went that the broker had not read.
    report_.error = refusal;
    session_->close(deadline);
    return;
  } catch (const Error& error) {
    failure = error;
  }
  cancelled_ = true;
  ledger_.release_held();
  for (const auto& waiting : put_back_) {
    ledger_.decide(waiting.delivery_tag, Fate::requeue);
  }
  const auto settled_before = report_.settled();
  settle();
  // The answer to a cancel stands behind deliveries; a goodbye does not, and says that the broker
  // has read everything.
  if (session_->close(failure ? Deadline(context_.clock.now() + goodbye) : deadline)) {
    note_refused_settlements();
    return;
  }
  if (late && !hurried) {
    // Nobody knows whether the queue was empty or the broker silent.
    failure = Error(Exit::timeout, fmt::format("{} did not answer in time", session_->name()));
  } else if (const auto last = report_.settled() - settled_before;
             !hurried && !failure && last > 0) {
    failure = Error(Exit::unreachable,
                    fmt::format("{} did not say that it has read what became of the last {} "
                                "message{}",
                                session_->name(), last, last == 1 ? "" : "s"),
                    "what is acknowledged may come again");
  }
  report_.error = failure ? failure : report_.error;
}

// A channel that the broker closed before the goodbye has not taken what was settled last.
void Consuming::note_refused_settlements() {
  while (auto event = session_->next()) {
    if (const auto* closed = std::get_if<Closed>(&*event); closed != nullptr && closed->by_broker) {
      report_.error = closed->error;
    }
  }
}

}  // namespace mscomm
