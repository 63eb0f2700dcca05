// What a run of consuming does with the commands that handle its messages.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "core/consume/consuming.h"
#include "core/runtime/signals.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// The exit statuses of a command that are words; those of `rabbitmq-cli-consumer`.
constexpr int kReject = 3;
constexpr int kPutBack = 4;
// By which the shell says that a command cannot be run or found (POSIX, Shell Command Language
// 2.8.2).
constexpr int kCannotRun = 126;
constexpr int kNotFound = 127;
constexpr int kKilledBy = 128;

// A queue delivers again at once what is put back. So it waits, or a command that fails at once
// would fail thousands of times a second.
constexpr Duration kPause = 1s;
// A command that is told to end has so long before it is killed.
constexpr Duration kTermination = 1s;
constexpr Duration kKill = 1s;

// RabbitMQ takes a direct reply for unroutable when it is mandatory, also where it is not.
constexpr std::string_view kDirectReply = "amq.rabbitmq.reply-to";

}  // namespace

bool Consuming::is_busy() const {
  return hooks_.commands != nullptr && (hooks_.commands->busy() || !replies_.empty());
}

void Consuming::take_results() {
  if (hooks_.commands == nullptr) {
    return;
  }
  auto results = hooks_.commands->take_finished();
  if (!plan_.reply) {
    for (const auto& result : results) {
      writer_.buffer() += result.output;
    }
    if (!writer_.buffer().empty()) {
      write_out();
    }
  }
  for (const auto& result : results) {
    on_result(result);
  }
  while (!put_back_.empty() && put_back_.front().due <= context_.clock.now()) {
    ledger_.decide(put_back_.front().delivery_tag, Fate::requeue);
    put_back_.pop_front();
  }
  hooks_.commands->start_waiting();
}

void Consuming::on_result(const CommandResult& result) {
  report_.taken = ++rendered_;
  if (told_to_end_) {
    // Whatever its status says: a command that cleans up and exits 0 has not done its work.
    report_.commands.add(Exit::failed);
    ledger_.decide(result.delivery_tag, Fate::hold);
  } else if (result.end.exited_with(kReject)) {
    report_.commands.add(Exit::ok);
    ledger_.decide(result.delivery_tag, Fate::reject);
  } else if (result.end.exited_with(kPutBack)) {
    report_.commands.add(Exit::ok);
    put_back(result.delivery_tag);
  } else if (!result.end.exited_with(0)) {
    on_failure(result);
  } else if (plan_.reply && result.reply_to) {
    send_reply(result);
  } else {
    if (plan_.reply) {
      context_.log.warning("{} asks for no reply", result.message);
    }
    report_.commands.add(Exit::ok);
    ledger_.decide(result.delivery_tag, Fate::ack);
  }
}

void Consuming::on_failure(const CommandResult& result) {
  // Without a reader a command's own output ends it, and the shell around it says so.
  const bool by_pipe =
      result.end.killed_by == SIGPIPE || result.end.exited_with(kKilledBy + SIGPIPE);
  if (by_pipe && is_ready(writer_.fd(), 0)) {
    throw ReaderGone();
  }
  report_.commands.add(Exit::failed);
  // Not its own failure, but the user's Ctrl-C, or the signals of end_commands().
  if (ends_commands_ || context_.stop.signal_number() != 0) {
    ledger_.decide(result.delivery_tag, Fate::hold);
    return;
  }
  const bool cannot_run = result.end.exited_with(kCannotRun) || result.end.exited_with(kNotFound);
  if (cannot_run || plan_.on_fail == OnFail::stop) {
    const auto text = result.end.text();
    stopping_ = cannot_run ? Error(Exit::failed, fmt::format("the command cannot be run: {}", text),
                                   "the message went back to the queue")
                           : Error(Exit::failed,
                                   fmt::format("{}: the command failed: {}", result.message, text),
                                   "the message went back to the queue");
    hooks_.commands->drop_waiting();
    ledger_.decide(result.delivery_tag, Fate::hold);
    return;
  }
  const bool rejects = plan_.on_fail == OnFail::reject;
  context_.log.warning("{}: the command failed: {}; {}", result.message, result.end.text(),
                       rejects ? "rejected" : "it goes back to the queue");
  if (rejects) {
    ledger_.decide(result.delivery_tag, Fate::reject);
  } else {
    put_back(result.delivery_tag);
  }
}

// A run that has an end of its own sees each message once.
void Consuming::put_back(std::uint64_t delivery_tag) {
  if (plan_.count || plan_.until_empty || plan_.idle) {
    ledger_.decide(delivery_tag, Fate::hold);
  } else {
    put_back_.push_back({context_.clock.now() + kPause, delivery_tag});
  }
}

// The request is acknowledged when the broker has confirmed the reply.
void Consuming::send_reply(const CommandResult& result) {
  Properties properties;
  properties.correlation_id = result.correlation_id;
  const bool mandatory = !result.reply_to->starts_with(kDirectReply);
  const auto sequence =
      session_->publish({"", *result.reply_to}, properties, result.output, mandatory);
  replies_.push_back({sequence, result.delivery_tag});
}

void Consuming::on_confirm(const Confirm& confirm) {
  std::erase_if(replies_, [&](const Reply& reply) {
    const bool meant = reply.sequence == confirm.sequence ||
                       (confirm.multiple && reply.sequence < confirm.sequence);
    if (meant && confirm.accepted) {
      report_.commands.add(Exit::ok);
      ledger_.decide(reply.delivery_tag, Fate::ack);
    } else if (meant) {
      report_.commands.add(Exit::failed);
      context_.log.warning("the broker refused the reply to message {}; it goes back to the queue",
                           reply.delivery_tag);
      put_back(reply.delivery_tag);
    }
    return meant;
  });
}

// At the end: what the broker says in time of replies that are on their way. A request whose reply
// it has not confirmed is answered again.
void Consuming::await_confirms(Duration patience) {
  Deadline until(context_.clock.now() + patience);
  while (!replies_.empty() && !lost_ && !until.passed(context_.clock.now())) {
    session_->flush();
    while (const auto event = session_->next()) {
      if (const auto* delivery = std::get_if<Delivery>(&*event)) {
        ledger_.add(delivery->delivery_tag, false);
        ledger_.decide(delivery->delivery_tag, Fate::hold);
      } else if (std::holds_alternative<Closed>(*event)) {
        lost_ = true;
        return;
      } else if (!std::holds_alternative<Cancelled>(*event)) {
        on_event(*event);
      }
    }
    if (!replies_.empty()) {
      polled_.assign({{session_->fd(), session_->events(), 0}});
      const auto wake = until.min(Deadline(session_->wake_at()));
      if (wait_for(polled_, wake, context_.stop) == Wake::stopped) {
        report_.interrupted = true;
        context_.stop.acknowledge();
        until = until.min(Deadline(context_.clock.now() + kGrace));
      }
    }
  }
}

// After an early end: commands may end by themselves, are then told to, and at last killed. What
// has not ended by itself has its message go back.
void Consuming::end_commands(Duration patience) {
  auto& commands = *hooks_.commands;
  ends_commands_ = true;
  commands.drop_waiting();
  const std::array<std::pair<int, Duration>, 3> stages{
      {{0, patience}, {SIGTERM, kTermination}, {SIGKILL, kKill}}};
  for (const auto& [signal_number, time] : stages) {
    if (signal_number != 0) {
      told_to_end_ = true;
      commands.send(signal_number);
    }
    const auto until = context_.clock.now() + time;
    patience_ = Deadline(until);
    while (commands.running() > 0 && context_.clock.now() < until) {
      polled_.clear();
      commands.append_polled(polled_);
      const Deadline deadline(std::min(until, context_.clock.now() + kCare));
      if (wait_for(polled_, deadline, context_.stop) == Wake::stopped) {
        report_.interrupted = true;
        context_.stop.acknowledge();
      }
      try {
        take_results();
      } catch (const Interrupted&) {
        report_.interrupted = true;
        context_.stop.acknowledge();
      } catch (const ReaderGone&) {
        report_.reader_gone = true;
      } catch (const Error& error) {
        report_.error = report_.error ? report_.error : error;
      }
      if (session_ != nullptr) {
        session_->keep_alive();
      }
    }
  }
}

}  // namespace mscomm
