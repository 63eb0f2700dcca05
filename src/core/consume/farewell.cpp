#include "core/consume/farewell.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/amqp/topology.h"
#include "core/consume/calm.h"
#include "core/runtime/poll.h"
#include "core/runtime/signals.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// How long work under way may go on after it was asked to end (SIGTERM), and after it was killed.
constexpr Duration kTermination = 1s;
constexpr Duration kKill = 1s;
// After the command's deadline: how long a healthy broker takes to answer a close.
constexpr Duration kLateGoodbye = 500ms;
// The least time for an answer where a quorum queue may drop messages.
constexpr Duration kCarefulGoodbye = 1s;

}  // namespace

void Farewell::say() {
  end_handling();
  if (!session_) {
    return;
  }
  const bool late = context_.deadline.passed(context_.clock.now());
  await_events(is_hurried() || report_.reader_gone ? kGrace : late ? kLateGoodbye : kGoodbye);
  const bool hurried = is_hurried();
  const auto patience = goodbye_patience();
  if (session_.is_lost() || !settling_.has_consumer()) {
    session_->discard_deliveries();
    close(Deadline(context_.clock.now() + patience));
    return;
  }
  std::optional<Error> failure;
  if (!end_consuming(hurried || late, patience, failure)) {
    close(Deadline(context_.clock.now() + patience));
    return;
  }
  const auto last = settled_ + give_back();
  // The answer to a cancel comes after deliveries. The answer to a close does not wait for them,
  // and shows that the broker has read everything.
  const bool answered = close(Deadline(context_.clock.now() + goodbye_patience()));
  if (note_refused_settlements() || answered) {
    return;
  }
  if (late && !hurried) {
    // The queue may have been empty, or the broker silent: there is no telling.
    failure = Error(Exit::timeout, fmt::format("{} did not answer in time", session_->name()));
  } else if (!hurried && !failure && last > 0) {
    failure = Error(Exit::unreachable,
                    fmt::format("{} did not say that it has read what became of the last {} "
                                "message{}",
                                session_->name(), last, last == 1 ? "" : "s"),
                    "what is acknowledged may come again");
  }
  report_.error = failure ? failure : report_.error;
}

// False when the channel is closed. Where what goes back may be dropped, a slow broker is worth a
// wait; a second signal ends it.
bool Farewell::end_consuming(bool hurried, Duration patience, std::optional<Error>& failure) {
  if (guard_ == nullptr) {
    session_->discard_deliveries();
    // After the command's deadline a request would time out at once and look like a failure.
    if (hurried) {
      settling_.stop_taking();  // what goes back must not come again
      return true;
    }
  } else if (guard_->is_needed()) {
    patience = std::max(patience, kCarefulGoodbye);
    become_calm();
    if (session_.is_lost()) {
      return false;
    }
  }
  return cancel(Deadline(context_.clock.now() + patience), failure);
}

// How long the broker may take for an answer: not beyond the command's deadline, but for what a
// healthy one needs.
Duration Farewell::goodbye_patience() const {
  const auto left = context_.deadline.left(context_.clock.now()).value_or(kGoodbye);
  return is_hurried() ? kGrace : std::clamp<Duration>(left, kLateGoodbye, kGoodbye);
}

Duration Farewell::time_to_finish() const {
  const auto usual = report_.interrupted ? handler_.drain() : kUsualDrain;
  return std::min(usual, context_.deadline.left(context_.clock.now()).value_or(usual));
}

// Lets work under way finish, then asks it to end, and at last kills it.
void Farewell::end_handling() {
  const std::array<std::pair<Ending, Duration>, 3> stages{
      {{Ending::finish, time_to_finish()}, {Ending::stop, kTermination}, {Ending::kill, kKill}}};
  std::vector<pollfd> polled;
  for (const auto& [how, patience] : stages) {
    const auto until = context_.clock.now() + patience;
    attempt([&, how = how] { handler_.end(how, Deadline(until), settling_.ledger()); });
    while (handler_.is_working() && context_.clock.now() < until) {
      tend_session();
      polled.clear();
      handler_.append_polled(polled);
      if (session_ && !session_.is_lost()) {
        polled.push_back({session_->fd(), session_->events(), 0});
      }
      const auto deadline =
          Deadline(std::min(until, context_.clock.now() + kCare)).min(handler_.wake_at());
      if (wait_for(polled, deadline, context_.stop) == Wake::stopped) {
        note_interruption();
      }
      attempt([&] { handler_.advance(settling_.ledger()); });
    }
    if (!handler_.is_working()) {
      return;
    }
  }
}

void Farewell::become_calm() {
  attempt([&] {
    try {
      await_calm(
          session_, settling_, queue_, [this] { return take_events(); },
          Deadline(context_.clock.now() + kCarefulGoodbye), context_);
    } catch (const ChannelRefusal& refusal) {
      if (!is_no_queue(refusal)) {
        throw;
      }
    }
  });
}

// While work is under way: what it does not concern goes back at once, where others may take it,
// and what it has done is settled at once, so that a kill makes none of it happen twice.
void Farewell::tend_session() {
  if (!session_ || session_.is_lost()) {
    return;
  }
  attempt([this] { take_events(); });
  if (guard_ != nullptr && guard_->is_needed() && !std::exchange(is_calm_, true)) {
    become_calm();
  }
  if (!session_.is_lost()) {
    settling_.stop_taking();
    attempt([this] { settled_ += settling_.settle_the_rest(); });
    session_->flush();
  }
}

template <class Step>
void Farewell::attempt(Step step) {
  try {
    step();
  } catch (const Interrupted&) {
    note_interruption();
  } catch (const ReaderGone&) {
    report_.reader_gone = true;
  } catch (const Error& error) {
    report_.error = report_.error ? report_.error : error;
  }
}

void Farewell::note_interruption() {
  report_.interrupted = true;
  context_.stop.acknowledge();
}

// Waits for the broker's confirms of what the handler has published. A message without a confirm
// comes again.
void Farewell::await_events(Duration patience) {
  Deadline until(context_.clock.now() + patience);
  while (handler_.awaits_events() && !session_.is_lost() && !until.passed(context_.clock.now())) {
    session_->flush();
    attempt([this] { take_events(); });
    if (report_.interrupted) {
      until = until.min(Deadline(context_.clock.now() + kGrace));
    }
    if (session_.is_lost() || !handler_.awaits_events()) {
      return;
    }
    pollfd polled{session_->fd(), session_->events(), 0};
    const auto wake = until.min(Deadline(session_->wake_at()));
    if (wait_for({&polled, 1}, wake, context_.stop) == Wake::stopped) {
      note_interruption();
    }
  }
}

// True when any came.
bool Farewell::take_events() {
  bool came = false;
  while (const auto event = session_->next()) {
    came = true;
    if (const auto* delivery = std::get_if<Delivery>(&*event)) {
      if (own_ != nullptr) {
        own_->note_message(delivery->exchange);
      }
      settling_.note_unseen(*delivery);
    } else if (const auto* closed = std::get_if<Closed>(&*event)) {
      session_.note_loss();
      report_.error = report_.error ? report_.error : closed->error;
      return came;
    } else if (!std::holds_alternative<Cancelled>(*event)) {
      handler_.on_event(*event, settling_.ledger());
    }
  }
  return came;
}

// Stops the consumer. False when the channel is closed: its settlements that the broker had not
// read are lost.
bool Farewell::cancel(const Deadline& deadline, std::optional<Error>& failure) {
  try {
    settling_.cancel(deadline);
  } catch (const Interrupted&) {
    note_interruption();
  } catch (const ChannelRefusal& refusal) {
    report_.error = refusal;
    return false;
  } catch (const Error& error) {
    answers_ = false;
    // What was cut short by a signal or a deadline says nothing of the broker.
    if (!is_hurried() && !context_.deadline.passed(context_.clock.now())) {
      failure = error;
    }
  }
  return true;
}

// What came too late to be handled: how often each was returned before stands in itself.
void Farewell::take_the_rest() {
  attempt([this] { take_events(); });
  session_->discard_deliveries();
  settling_.release_open();
}

// Gives back what is not handled, and settles the rest. Returns how many that were.
//
// A quorum queue's client in the channel's process keeps settlements back while more than 32 are
// under way (quorum_commands_soft_limit), and forgets them when the channel ends. That the last one
// is through shows in the queue's count of consumers, which includes who holds messages.
std::uint64_t Farewell::give_back() {
  constexpr std::uint64_t kHarmless = 16;
  if (guard_ == nullptr) {
    settling_.release_open();
    return settling_.settle_the_rest();
  }
  take_the_rest();
  const auto holders = settling_.holders();
  const bool asks = answers_ && holders > 0 &&
                    settling_.sent() + settling_.ledger().unsettled() > kHarmless &&
                    !session_->version().passive_declare_needs_configure();
  const auto before = asks ? count_calmly() : 0;
  if (session_.is_lost()) {
    return 0;
  }
  await_copies();
  std::uint64_t messages = 0;
  attempt([&] { messages = settling_.settle_the_rest(); });
  if (asks && before >= holders && settling_.sent() > kHarmless) {
    // A queue of another type does not count so.
    const auto start = context_.clock.now();
    const auto patience = [this] {
      return !guard_->is_needed() ? kGrace : is_hurried() ? kCarefulGoodbye : kGoodbye;
    };
    while (answers_ && context_.clock.now() - start < patience() &&
           count_calmly() + holders > before) {
    }
  }
  return messages;
}

// The count of the queue's consumers when it is the same three times in a row: those of another
// connection that has just ended may be going. 0 when the broker does not say.
std::uint32_t Farewell::count_calmly() {
  constexpr int kTimes = 3;
  constexpr int kMostTimes = 20;
  constexpr Duration kPause = 5ms;
  auto last = count_consumers();
  for (int same = 1, times = 1; same < kTimes && times < kMostTimes && answers_; ++times) {
    if (wait_for({}, Deadline(context_.clock.now() + kPause), context_.stop) == Wake::stopped) {
      note_interruption();
    }
    const auto now = count_consumers();
    same = now == last ? same + 1 : 1;
    last = now;
  }
  return last;
}

// 0 when the broker does not say.
std::uint32_t Farewell::count_consumers() {
  QueueDeclaration question;
  question.name = queue_;
  question.passive = true;
  question.until = Deadline(context_.clock.now() + kLateGoodbye);
  try {
    return session_->declare_queue(question).consumers;
  } catch (const Interrupted&) {
    note_interruption();
  } catch (const ChannelRefusal& refusal) {
    // The channel is gone. That a queue which is deleted with its last consumer is, too, is none of
    // the run's failures.
    session_.note_loss();
    answers_ = false;
    if (!is_no_queue(refusal)) {
      report_.error = report_.error ? report_.error : refusal;
    }
  } catch (const Error&) {
    answers_ = false;
  }
  return 0;
}

void Farewell::await_copies() {
  attempt([this] { guard_->begin_end(); });
  const Deadline until(context_.clock.now() + kGoodbye);
  std::vector<pollfd> polled;
  for (;;) {
    attempt([this] { settling_.settle(); });
    if (!guard_->is_busy() || session_.is_lost() || until.passed(context_.clock.now())) {
      break;
    }
    session_->keep_alive();
    polled.clear();
    guard_->append_polled(polled);
    if (wait_for(polled, until.min(guard_->wake_at()), context_.stop) == Wake::stopped) {
      note_interruption();
    }
  }
  guard_->give_up(settling_.ledger());
}

// The session with what was made for this run; true when the broker answered in time.
bool Farewell::close(const Deadline& deadline) {
  // A signal may have come since the deadline was set.
  auto until =
      report_.interrupted ? deadline.min(Deadline(context_.clock.now() + kGrace)) : deadline;
  if (own_ != nullptr) {
    try {
      own_->remove(*session_, deadline, context_.log);
    } catch (const Interrupted&) {
      note_interruption();
      until = until.min(Deadline(context_.clock.now() + kGrace));
    }
  }
  return session_->close(until);
}

// If the broker closed the channel or the connection before it answered the close, it refused the
// last settlements.
bool Farewell::note_refused_settlements() {
  bool refused = false;
  while (auto event = session_->next()) {
    if (const auto* closed = std::get_if<Closed>(&*event); closed != nullptr && closed->by_broker) {
      report_.error = closed->error;
      refused = true;
    }
  }
  return refused;
}

}  // namespace mscomm
