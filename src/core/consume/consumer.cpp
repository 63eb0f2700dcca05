#include "core/consume/consumer.h"

#include <fmt/format.h>

#include "core/consume/consuming.h"
#include "core/message/body_file.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// As much output as one write takes well.
constexpr std::size_t kOutputBatch = 64UL * 1024;
// How many deliveries are taken before the stop signal and the deadlines are looked at.
constexpr int kDeliveryBatch = 1000;
// A queue that has messages and delivers none for so long is not going to.
constexpr Duration kStuck = 10s;
// Messages that stream in come a few at a time. A little later there are more of them, and reading,
// writing and acknowledging those at once takes a fifth of the time, ours and the broker's.
constexpr Duration kLinger = 1ms;
constexpr Duration kStreaming = 5ms;        // no longer than that since the last ones
constexpr std::uint16_t kWideWindow = 100;  // or the broker would wait for acknowledgements
// How often an empty-looking queue is asked whether it is empty.
constexpr Duration kEmptyCheck = 20ms;

}  // namespace

Consuming::Consuming(Session& session, const ConsumePlan& plan, const ConsumeHooks& hooks,
                     Writer& writer, const Context& context)
    : session_(&session),
      plan_(plan),
      hooks_(hooks),
      writer_(writer),
      context_(context),
      paced_(hooks.commands == nullptr && writer.pace_by_reader()) {}

void Consuming::loop() {
  for (;;) {
    const bool came = take_deliveries();
    if (came) {
      let_more_come();
    }
    push_out();
    take_results();
    settle();
    session_->flush();
    if (takes_no_more() && !is_busy()) {
      break;
    }
    if (stop_due(came)) {
      return;
    }
    renew_window();
    wait();
  }
  if (stopping_) {
    throw *stopping_;
  }
}

// True when any delivery came.
bool Consuming::take_deliveries() {
  bool came = false;
  more_due_ = true;
  for (int taken = 0; taken < kDeliveryBatch && (!takes_no_more() || is_busy()); ++taken) {
    const auto event = session_->next();
    if (!event) {
      more_due_ = false;
      break;
    }
    if (const auto* delivery = std::get_if<Delivery>(&*event)) {
      came = true;
      on(*delivery);
      if (delivery->file != nullptr) {
        break;  // it took its time
      }
    } else {
      on_event(*event);
    }
  }
  return came;
}

void Consuming::let_more_come() {
  const bool streams = context_.clock.now() - last_batch_ < kStreaming;
  const bool narrow = window_ != 0 && (window_ < kWideWindow || 2 * ledger_.unsettled() > window_);
  if (streams && !narrow && !more_due_ && !takes_no_more() && hooks_.commands == nullptr) {
    const auto until = context_.deadline.min(Deadline(context_.clock.now() + kLinger));
    // A stop signal is seen where it is always looked for, when all that came is written.
    if (wait_for({}, until, context_.stop) != Wake::stopped) {
      take_deliveries();
    }
  }
  last_batch_ = context_.clock.now();
}

void Consuming::on_event(const Event& event) {
  if (const auto* closed = std::get_if<Closed>(&event)) {
    on_closed(*closed);
  } else if (std::holds_alternative<Cancelled>(event)) {
    on_cancelled();
  } else if (const auto* confirm = std::get_if<Confirm>(&event)) {
    on_confirm(*confirm);
  } else if (const auto* returned = std::get_if<Returned>(&event)) {
    context_.log.warning("the reply to '{}' came back: {} {}", returned->route.routing_key,
                         returned->code, returned->text);
  } else if (const auto* blocked = std::get_if<Blocked>(&event)) {
    context_.log.warning("{} blocks publishers: {}", session_->name(), blocked->reason);
  } else if (std::holds_alternative<Unblocked>(event)) {
    context_.log.warning("{} takes messages again", session_->name());
  }
}

void Consuming::on(const Delivery& delivery) {
  empty_answers_ = 0;
  look_after_connection();
  report_.redelivered += delivery.redelivered ? 1U : 0U;
  if (takes_no_more()) {
    ledger_.add(delivery.delivery_tag, false);
    ledger_.decide(delivery.delivery_tag, Fate::hold);
    return;
  }
  const auto received_at = context_.clock.wall();
  if (hooks_.matches && !is_asked_for(delivery, received_at)) {
    ledger_.add(delivery.delivery_tag, false);
    ledger_.decide(delivery.delivery_tag, plan_.unmatched);
    return;
  }
  if (hooks_.commands != nullptr) {
    ledger_.add(delivery.delivery_tag);
    ++taken_;
    hooks_.commands->add(delivery, plan_.queue, received_at);
    hooks_.commands->start_waiting();
    return;
  }
  if (plan_.ack == AckMode::automatic) {
    ledger_.add(delivery.delivery_tag);
    ledger_.decide(delivery.delivery_tag, Fate::ack);
    settle();
    session_->flush();
    render(delivery, received_at);
  } else {
    render(delivery, received_at);
    ledger_.add(delivery.delivery_tag);
  }
  ++taken_;
  if (paced_ || writer_.buffer().size() >= kOutputBatch) {
    push_out();
    if (rendered_ % (window_ / 4U + 1U) == 0) {
      settle();
      session_->flush();
    }
  }
}

void Consuming::look_after_connection() {
  const auto now = context_.clock.now();
  if (now >= care_due_) {
    session_->keep_alive();
    care_due_ = now + kCare;
  }
}

// What was rendered before an error is still written; the message that it is about is not in the
// ledger and goes back.
bool Consuming::is_asked_for(const Delivery& delivery, WallTime received_at) {
  try {
    return hooks_.matches(delivery, received_at);
  } catch (const Error&) {
    push_out();
    throw;
  }
}

// A body that lies in a file goes to the output piece by piece.
void Consuming::stream(const Delivery& delivery, WallTime received_at) {
  push_out();
  std::string rest;
  hooks_.render(rest, delivery, received_at);
  delivery.file->for_each_piece([&](auto piece) {
    writer_.buffer() += piece;
    while (!writer_.try_flush()) {
      wait_for_output();
    }
    look_after_connection();
  });
  writer_.buffer() += rest;
  ++rendered_;
}

void Consuming::render(const Delivery& delivery, WallTime received_at) {
  if (hooks_.streams_bodies && delivery.file != nullptr) {
    stream(delivery, received_at);
    return;
  }
  const auto before = writer_.buffer().size();
  try {
    hooks_.render(writer_.buffer(), delivery, received_at);
  } catch (const Error&) {
    writer_.buffer().resize(before);
    push_out();
    throw;
  }
  ++rendered_;
}

// Returns when everything rendered is written and, in a pipe, taken by the reader.
void Consuming::push_out() {
  if (report_.taken == rendered_) {
    return;
  }
  write_out();
  report_.taken = rendered_;
  ledger_.decide_open(plan_.ack == AckMode::reject ? Fate::reject
                      : plan_.ack == AckMode::none ? Fate::hold
                                                   : Fate::ack);
}

void Consuming::write_out() {
  while (!writer_.try_flush()) {
    wait_for_output();
  }
  if (paced_) {
    wait_for_output();
  }
}

// Until the output takes something; looks after the connection meanwhile.
void Consuming::wait_for_output() {
  for (;;) {
    pollfd output{writer_.fd(), POLLOUT, 0};
    const auto end = context_.deadline.min(patience_);
    const auto until = end.min(Deadline(context_.clock.now() + kCare));
    if (wait_for({&output, 1}, until, context_.stop) == Wake::stopped) {
      throw Interrupted();
    }
    if ((output.revents & POLLOUT) != 0) {
      return;
    }
    if (output.revents != 0) {
      throw ReaderGone();
    }
    if (end.passed(context_.clock.now())) {
      if (report_.interrupted) {
        throw Interrupted();
      }
      throw Error(Exit::timeout, "the deadline passed while the output was blocked");
    }
    session_->keep_alive();
  }
}

bool Consuming::stop_due(bool came) {
  const auto now = context_.clock.now();
  came = came || is_busy() || session_->is_receiving();
  if (came) {
    // Not when it came: the time that the output took says nothing about the queue.
    last_delivery_ = now;
    empty_answers_ = 0;
  }
  // The broker may be waiting for unsent acknowledgements before it delivers more.
  if (plan_.until_empty && !came && session_->buffered() == 0 && queue_is_empty()) {
    return true;
  }
  if (plan_.idle && now - last_delivery_ >= *plan_.idle) {
    return true;
  }
  if (!context_.deadline.passed(now)) {
    return false;
  }
  if (is_busy()) {
    throw Error(Exit::timeout, "the deadline passed while commands ran; their messages go back");
  }
  const auto taken = report_.taken;
  if ((plan_.count && taken > 0) || plan_.until_empty) {
    throw Error(Exit::timeout, fmt::format("the deadline passed after {} message{}", taken,
                                           taken == 1 ? "" : "s"));
  }
  return true;
}

// The channel answers a passive declare before it looks at deliveries that wait in its own
// mailbox; so only several answers with nothing delivered in between say that the queue is empty.
bool Consuming::queue_is_empty() {
  QueueDeclaration question;
  question.name = plan_.queue;
  question.passive = true;
  const auto state = ask([&](Session& session) { return session.declare_queue(question); });
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
  return empty_answers_ > 2;
}

// Also sees a stop signal, so it is called even when there is no time to wait.
void Consuming::wait() {
  polled_.assign({{session_->fd(), session_->events(), 0}, {writer_.fd(), 0, 0}});
  auto until = context_.deadline.min(Deadline(session_->wake_at()));
  if (plan_.idle) {
    until = until.min(Deadline(last_delivery_ + *plan_.idle));
  }
  if (plan_.until_empty) {
    const auto pause = empty_answers_ > 0 ? Duration::zero() : Duration(kEmptyCheck);
    until = until.min(Deadline(context_.clock.now() + pause));
  }
  if (!put_back_.empty()) {
    until = until.min(Deadline(put_back_.front().due));
  }
  if (hooks_.commands != nullptr) {
    hooks_.commands->append_polled(polled_);
  }
  if (more_due_) {
    until = Deadline(context_.clock.now());
  }
  if (wait_for(polled_, until, context_.stop) == Wake::stopped) {
    throw Interrupted();
  }
  // POLLERR is a pipe's, POLLHUP a socket's and a terminal's way of saying so.
  if ((polled_[1].revents & (POLLERR | POLLHUP)) != 0) {
    throw ReaderGone();
  }
}

ConsumeReport consume_all(Session& session, const ConsumePlan& plan, const ConsumeHooks& hooks,
                          Writer& writer, const Context& context) {
  return Consuming(session, plan, hooks, writer, context).run();
}

}  // namespace mscomm
