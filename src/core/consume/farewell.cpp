#include "core/consume/farewell.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

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

}  // namespace

void Farewell::say() {
  end_handling();
  if (!session_) {
    return;
  }
  const bool late = context_.deadline.passed(context_.clock.now());
  await_events(is_hurried() || report_.reader_gone ? kGrace : late ? kLateGoodbye : kGoodbye);
  const bool hurried = is_hurried();
  const Duration goodbye = hurried ? kGrace : late ? kLateGoodbye : kGoodbye;
  const Deadline deadline(context_.clock.now() + goodbye);
  session_->discard_deliveries();
  if (session_.is_lost() || !settling_.has_consumer()) {
    session_->close(deadline);
    return;
  }
  std::optional<Error> failure;
  // After the command's deadline a request would time out at once and look like a failure.
  if (hurried || late) {
    settling_.stop_taking();  // what goes back must not come again
  } else if (!cancel(failure)) {
    session_->close(deadline);
    return;
  }
  const auto last = settled_ + settling_.settle_the_rest();
  // The answer to a cancel comes after deliveries. The answer to a close does not wait for them,
  // and shows that the broker has read everything.
  if (session_->close(failure ? Deadline(context_.clock.now() + goodbye) : deadline)) {
    note_refused_settlements();
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

// While work is under way: what it does not concern goes back at once, where others may take it,
// and what it has done is settled at once, so that a kill makes none of it happen twice.
void Farewell::tend_session() {
  if (!session_ || session_.is_lost()) {
    return;
  }
  attempt([this] { take_events(); });
  if (!session_.is_lost()) {
    settling_.stop_taking();
    settled_ += settling_.settle_the_rest();
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

void Farewell::take_events() {
  while (const auto event = session_->next()) {
    if (const auto* delivery = std::get_if<Delivery>(&*event)) {
      settling_.pass_over(delivery->delivery_tag, Fate::hold);
    } else if (const auto* closed = std::get_if<Closed>(&*event)) {
      session_.note_loss();
      report_.error = report_.error ? report_.error : closed->error;
      return;
    } else if (!std::holds_alternative<Cancelled>(*event)) {
      handler_.on_event(*event, settling_.ledger());
    }
  }
}

// Stops the consumer. False when the channel is closed: its settlements that the broker had not
// read are lost.
bool Farewell::cancel(std::optional<Error>& failure) {
  try {
    settling_.cancel();
  } catch (const Interrupted&) {
    note_interruption();
  } catch (const ChannelRefusal& refusal) {
    report_.error = refusal;
    return false;
  } catch (const Error& error) {
    failure = error;
  }
  return true;
}

// If the broker closed the channel before it answered the close, it refused the last settlements.
void Farewell::note_refused_settlements() {
  while (auto event = session_->next()) {
    if (const auto* closed = std::get_if<Closed>(&*event); closed != nullptr && closed->by_broker) {
      report_.error = closed->error;
    }
  }
}

}  // namespace mscomm
