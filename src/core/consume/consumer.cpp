#include "core/consume/consumer.h"

#include <poll.h>

#include <utility>
#include <vector>

#include "core/consume/calm.h"
#include "core/consume/farewell.h"
#include "core/consume/recovery.h"
#include "core/consume/settling.h"
#include "core/consume/stop_rule.h"
#include "core/runtime/poll.h"
#include "core/runtime/signals.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// Deliveries taken before the stop signal and the deadlines are checked again.
constexpr int kDeliveryBatch = 1000;
// Streaming messages come a few at a time. After a short wait there are more of them, and to read,
// write and acknowledge them together takes a fifth of the time, ours and the broker's.
constexpr Duration kLinger = 1ms;
constexpr Duration kCalm = 1s;
constexpr Duration kStreaming = 5ms;  // messages stream when the last ones are no older

// The loop of one run: takes deliveries, passes them to the handler, settles them, waits.
class Consuming {
 public:
  Consuming(SessionOwner& session, const ConsumePlan& plan, DeliveryHandler& handler,
            const Matches& matches, const ConsumeHooks& hooks, const Context& context)
      : session_(session),
        plan_(plan),
        handler_(handler),
        matches_(matches),
        context_(context),
        hooks_(hooks),
        settling_(session, plan, static_cast<bool>(matches), hooks.guard, report_, context.clock),
        recovery_(session, plan, settling_, handler, context),
        stop_rule_(session, plan, handler, context) {}

  ConsumeReport run();

 private:
  void run_over_connections();
  void loop();
  void widen_window();
  void stop_taking();
  [[nodiscard]] bool is_guarded() const {
    return hooks_.guard != nullptr && hooks_.guard->is_needed();
  }
  bool take_deliveries();
  void let_more_come();
  void on_event(const Event& event);
  void on(const Delivery& delivery);
  void flush_before(const Delivery& delivery);
  bool handle(const DeliveryRecord& record);
  void flush() { handler_.flush(settling_.ledger()); }
  [[nodiscard]] bool takes_no_more() const {
    return settling_.count_reached() || failure_ != nullptr;
  }
  void wait();

  SessionOwner& session_;
  const ConsumePlan& plan_;
  DeliveryHandler& handler_;
  const Matches& matches_;
  const Context& context_;
  const ConsumeHooks& hooks_;
  ConsumeReport report_;
  Settling settling_;
  Recovery recovery_;
  StopRule stop_rule_;
  const Error* failure_ = nullptr;  // the handler's
  TimePoint last_batch_;
  bool is_calm_ = false;   // nothing is on its way to the consumers, which end
  bool more_due_ = false;  // the last batch was full, so the session may hold more
  std::vector<pollfd> polled_;
};

ConsumeReport Consuming::run() {
  try {
    run_over_connections();
  } catch (const Interrupted&) {
    report_.interrupted = true;
    context_.stop.acknowledge();
  } catch (const ReaderGone&) {
    report_.reader_gone = true;
  } catch (const Error& error) {
    report_.error = error;
  }
  Farewell(session_, plan_.queue, settling_, handler_, hooks_.guard, hooks_.own, report_, context_)
      .say();
  if (hooks_.guard != nullptr) {
    hooks_.guard->close(goodbye_deadline(report_.interrupted || report_.error, context_));
    report_.copied = hooks_.guard->copied();
  }
  report_.taken = handler_.handled().messages;
  report_.retried = handler_.handled().retried;
  report_.parked = handler_.handled().parked;
  report_.outcomes = handler_.handled().outcomes;
  report_.maybe_twice = handler_.handled().maybe_twice;
  return std::move(report_);
}

void Consuming::run_over_connections() {
  for (;;) {
    stop_rule_.start();
    is_calm_ = false;
    try {
      settling_.subscribe();
      if (hooks_.begin) {
        hooks_.begin();
      }
      loop();
      return;
    } catch (const ConnectionLost& lost) {
      if (failure_ != nullptr) {
        throw Error(*failure_);  // nothing more is to be taken
      }
      recovery_.resume(lost);
    }
  }
}

void Consuming::loop() {
  for (;;) {
    const bool came = take_deliveries();
    if (came) {
      let_more_come();
    }
    flush();
    handler_.advance(settling_.ledger());
    failure_ = handler_.failure();
    if (!takes_no_more()) {
      widen_window();
    } else if (is_guarded() && !handler_.is_busy()) {
      break;  // the farewell knows how to end consumers
    } else if (hooks_.guard != nullptr || handler_.is_busy()) {
      stop_taking();
    }
    settling_.settle();
    session_->flush();
    if (takes_no_more() && !handler_.is_busy()) {
      break;
    }
    if (stop_rule_.is_due(came)) {
      return;
    }
    wait();
  }
  if (failure_ != nullptr) {
    throw Error(*failure_);
  }
}

// Once the command's time is up the broker need not answer: the stop rule has the word.
void Consuming::widen_window() try { settling_.widen_window(); } catch (const Error& error) {
  if (error.reason() != Exit::timeout || !context_.deadline.passed(context_.clock.now())) {
    throw;
  }
}

// While work is under way: what is settled from now on must not make room.
void Consuming::stop_taking() {
  if (is_guarded() && !std::exchange(is_calm_, true)) {
    await_calm(
        session_, settling_, plan_.queue, [this] { return take_deliveries(); },
        context_.deadline.min(Deadline(context_.clock.now() + kCalm)), context_);
  }
  settling_.stop_taking();
}

// True when any delivery came.
bool Consuming::take_deliveries() {
  bool came = false;
  more_due_ = true;
  for (int taken = 0; taken < kDeliveryBatch && (!takes_no_more() || handler_.is_busy()); ++taken) {
    const auto event = handler_.has_room() ? session_->next() : std::nullopt;
    if (!event) {
      more_due_ = handler_.has_room() && session_->wake_at() <= context_.clock.now();
      break;
    }
    if (const auto* delivery = std::get_if<Delivery>(&*event)) {
      came = true;
      on(*delivery);
      if (delivery->file != nullptr) {
        break;  // a large body took long: check signal and deadlines
      }
    } else {
      on_event(*event);
    }
  }
  return came;
}

void Consuming::let_more_come() {
  const bool streams = context_.clock.now() - last_batch_ < kStreaming;
  if (streams && !settling_.is_narrow() && !more_due_ && !takes_no_more() && !handler_.is_busy()) {
    const auto until = context_.deadline.min(Deadline(context_.clock.now() + kLinger));
    // wait() handles the stop signal, after all that came is written.
    if (wait_for({}, until, context_.stop) != Wake::stopped) {
      take_deliveries();
    }
  }
  last_batch_ = context_.clock.now();
}

void Consuming::on_event(const Event& event) {
  if (const auto* closed = std::get_if<Closed>(&event)) {
    session_.note_loss();
    flush();
    recovery_.on_closed(*closed);
  } else if (std::holds_alternative<Cancelled>(event)) {
    flush();
    settling_.settle();
    recovery_.on_cancelled();
  } else {
    handler_.on_event(event, settling_.ledger());
  }
}

void Consuming::on(const Delivery& delivery) {
  stop_rule_.note_delivery();
  if (hooks_.own != nullptr) {
    hooks_.own->note_message(delivery.exchange);
  }
  session_.attend(context_.clock.now());
  if (!settling_.note(delivery)) {
    return;
  }
  report_.redelivered += delivery.redelivered ? 1U : 0U;
  if (takes_no_more()) {
    settling_.pass_over(delivery.delivery_tag, Fate::hold);
    return;
  }
  if (delivery.file != nullptr) {
    flush_before(delivery);
  }
  if (handle({delivery, plan_.queue, context_.clock.wall()})) {
    flush();
    settling_.settle_now_and_then();
  }
}

// A large body takes long to handle.
void Consuming::flush_before(const Delivery& delivery) {
  try {
    flush();
  } catch (...) {
    settling_.pass_over(delivery.delivery_tag, Fate::hold);
    throw;
  }
}

// True when it is time for flush(). What is not taken goes back to the queue; the messages taken
// before are still flushed.
bool Consuming::handle(const DeliveryRecord& record) {
  const auto tag = record.delivery.delivery_tag;
  const bool is_acknowledged = plan_.ack == AckMode::automatic;
  if (is_acknowledged) {
    settling_.take_acknowledged(tag);
  }
  try {
    if (matches_ && !matches_(record)) {
      settling_.pass_over(tag, plan_.unmatched);
      return false;
    }
    const bool is_full = handler_.take(record);
    if (!is_acknowledged) {
      settling_.take(tag);
    }
    return is_full;
  } catch (const std::exception& error) {
    if (!is_acknowledged) {
      settling_.pass_over(tag, Fate::hold);
    }
    if (dynamic_cast<const Error*>(&error) != nullptr) {  // else Interrupted or ReaderGone
      flush();
    }
    throw;
  }
}

// Also checks the stop signal, so it is called even when there is nothing to wait for.
void Consuming::wait() {
  // A session that is not read needs care all the same.
  const bool reads = handler_.has_room();
  const auto care_due = reads ? session_->wake_at() : context_.clock.now() + kCare;
  session_.attend(context_.clock.now());
  polled_.assign({{reads ? session_->fd() : -1, session_->events(), 0}, {handler_.output(), 0, 0}});
  handler_.append_polled(polled_);
  if (hooks_.guard != nullptr) {
    hooks_.guard->append_polled(polled_);
  }
  const auto until = more_due_
                         ? Deadline(context_.clock.now())
                         : context_.deadline.min(Deadline(care_due))
                               .min(stop_rule_.wake_at())
                               .min(settling_.wake_at())
                               .min(hooks_.guard != nullptr ? hooks_.guard->wake_at() : Deadline())
                               .min(handler_.wake_at());
  if (wait_for(polled_, until, context_.stop) == Wake::stopped) {
    throw Interrupted();
  }
  // A pipe reports a gone reader with POLLERR, a socket or a terminal with POLLHUP.
  if ((polled_[1].revents & (POLLERR | POLLHUP)) != 0) {
    throw ReaderGone();
  }
}

}  // namespace

ConsumeReport consume_all(SessionOwner& session, const ConsumePlan& plan, DeliveryHandler& handler,
                          const Context& context, const Matches& matches,
                          const ConsumeHooks& hooks) {
  return Consuming(session, plan, handler, matches, hooks, context).run();
}

}  // namespace mscomm
