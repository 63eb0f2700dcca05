#include "core/consume/exec_handler.h"

#include <fmt/format.h>

#include <csignal>
#include <utility>

#include "core/runtime/environment.h"
#include "core/runtime/poll.h"
#include "core/runtime/signals.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// Exit statuses of a command that have a meaning, as in `rabbitmq-cli-consumer`.
constexpr int kReject = 3;
constexpr int kPutBack = 4;
// The shell's exit statuses for a command that it cannot run or find (POSIX, Shell Command Language
// 2.8.2).
constexpr int kCannotRun = 126;
constexpr int kNotFound = 127;
constexpr int kKilledBy = 128;

// The broker redelivers a requeued message at once. Without a pause, a command that fails at once
// would fail thousands of times a second.
constexpr Duration kPause = 1s;

}  // namespace

ExecHandler::ExecHandler(Plan plan, Writer& writer, SessionOwner& session, const Context& context)
    : context_(context),
      output_(writer, session, context),
      commands_(std::move(plan.commands), context.environment),
      on_fail_(plan.on_fail),
      once_(plan.once) {}

bool ExecHandler::take(const DeliveryRecord& record) {
  commands_.add(record);
  try {
    commands_.start_waiting();
  } catch (const Error& error) {
    // Thrown by advance(), when the ledger has the message.
    start_failure_ = start_failure_ ? start_failure_ : error;
  }
  return false;
}

void ExecHandler::advance(DeliveryLedger& ledger) {
  const auto results = commands_.take_finished();
  take_output(results);
  for (const auto& result : results) {
    on_result(result, ledger);
  }
  while (!put_back_.empty() && put_back_.front().due <= context_.clock.now()) {
    ledger.decide(put_back_.front().delivery_tag, Fate::requeue);
    put_back_.pop_front();
  }
  if (start_failure_) {
    const auto failure = *std::exchange(start_failure_, std::nullopt);
    throw Error(failure);
  }
  commands_.start_waiting();
}

void ExecHandler::take_output(const std::vector<CommandResult>& results) {
  for (const auto& result : results) {
    output_.buffer() += result.output;
  }
  if (!output_.buffer().empty()) {
    output_.write();
  }
}

void ExecHandler::on_result(const CommandResult& result, DeliveryLedger& ledger) {
  ++handled_.messages;
  if (ending_ && ending_ != Ending::finish) {
    // The status does not count: a command that was told to end may clean up and exit with 0.
    count(Exit::failed);
    ledger.decide(result.delivery_tag, Fate::hold);
  } else if (result.end.exited_with(kReject)) {
    count(Exit::ok);
    ledger.decide(result.delivery_tag, Fate::reject);
  } else if (result.end.exited_with(kPutBack)) {
    count(Exit::ok);
    put_back(result.delivery_tag, ledger);
  } else if (result.end.exited_with(0)) {
    on_success(result, ledger);
  } else {
    on_failure(result, ledger);
  }
}

void ExecHandler::on_success(const CommandResult& result, DeliveryLedger& ledger) {
  count(Exit::ok);
  ledger.decide(result.delivery_tag, Fate::ack);
}

// Without a reader SIGPIPE kills a command that prints; the shell around it exits with 128+SIGPIPE.
bool ExecHandler::is_for_lack_of_a_reader(const ChildEnd& end) const {
  const bool by_pipe = end.killed_by == SIGPIPE || end.exited_with(kKilledBy + SIGPIPE);
  return by_pipe && is_ready(output_.fd(), 0);
}

void ExecHandler::on_failure(const CommandResult& result, DeliveryLedger& ledger) {
  if (is_for_lack_of_a_reader(result.end)) {
    throw ReaderGone();
  }
  count(Exit::failed);
  // At the end of a run a signal may have ended it: the user's Ctrl-C, or one from end().
  if (ending_ || context_.stop.signal_number() != 0) {
    ledger.decide(result.delivery_tag, Fate::hold);
    return;
  }
  const bool cannot_run = result.end.exited_with(kCannotRun) || result.end.exited_with(kNotFound);
  if (cannot_run || on_fail_ == OnFail::stop) {
    const auto text = result.end.text();
    failure_ = cannot_run ? Error(Exit::failed, fmt::format("the command cannot be run: {}", text),
                                  "the message went back to the queue")
                          : Error(Exit::failed,
                                  fmt::format("{}: the command failed: {}", result.message, text),
                                  "the message went back to the queue");
    commands_.drop_waiting();
    ledger.decide(result.delivery_tag, Fate::hold);
    return;
  }
  const bool rejects = on_fail_ == OnFail::reject;
  context_.log.warning("{}: the command failed: {}; {}", result.message, result.end.text(),
                       rejects ? "rejected" : "it goes back to the queue");
  if (rejects) {
    ledger.decide(result.delivery_tag, Fate::reject);
  } else {
    put_back(result.delivery_tag, ledger);
  }
}

void ExecHandler::put_back(std::uint64_t delivery_tag, DeliveryLedger& ledger) {
  if (once_ || ending_) {
    ledger.decide(delivery_tag, Fate::hold);
  } else {
    put_back_.push_back({context_.clock.now() + kPause, delivery_tag});
  }
}

void ExecHandler::append_polled(std::vector<pollfd>& polled) const {
  commands_.append_polled(polled);
}

Deadline ExecHandler::wake_at() const {
  return put_back_.empty() ? Deadline() : Deadline(put_back_.front().due);
}

void ExecHandler::disown() {
  put_back_.clear();
  commands_.disown();
}

void ExecHandler::end(Ending how, const Deadline& until, DeliveryLedger& ledger) {
  ending_ = how;
  output_.limit(until);
  commands_.drop_waiting();
  for (const auto& waiting : put_back_) {
    ledger.decide(waiting.delivery_tag, Fate::hold);
  }
  put_back_.clear();
  if (how != Ending::finish) {
    commands_.send(how == Ending::stop ? SIGTERM : SIGKILL);
  }
}

}  // namespace mscomm
