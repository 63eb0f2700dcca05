#include "core/consume/exec_handler.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "core/runtime/duration.h"
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
      retries_(plan.retry),
      parking_(plan.parking),
      on_fail_(plan.on_fail),
      once_(plan.once),
      drain_(plan.drain) {}

bool ExecHandler::take(const DeliveryRecord& record) {
  commands_.add(MessageJob(record));
  try {
    commands_.start_waiting();
  } catch (const Error& error) {
    // Thrown by advance(), when the ledger has the message.
    start_failure_ = start_failure_ ? start_failure_ : error;
  }
  return false;
}

void ExecHandler::advance(DeliveryLedger& ledger) {
  auto results = commands_.take_finished();
  const auto again =
      std::stable_partition(results.begin(), results.end(),
                            [this](const CommandResult& result) { return !is_run_again(result); });
  std::for_each(again, results.end(), [&](CommandResult& result) { retry_later(result, ledger); });
  results.erase(again, results.end());
  take_output(results);
  for (auto& result : results) {
    on_result(result, ledger);
  }
  const auto now = context_.clock.now();
  while (!put_back_.empty() && put_back_.front().due <= now) {
    ledger.decide(put_back_.front().delivery_tag, Fate::requeue);
    put_back_.pop_front();
  }
  if (start_failure_) {
    const auto failure = *std::exchange(start_failure_, std::nullopt);
    throw Error(failure);
  }
  for (auto& job : retries_.take_due(now)) {
    commands_.add(std::move(job));
  }
  commands_.start_waiting();
  handled_.retried = commands_.started_again();
  take_parked(ledger);
}

void ExecHandler::take_output(const std::vector<CommandResult>& results) {
  for (const auto& result : results) {
    output_.buffer() += result.output;
  }
  if (!output_.buffer().empty()) {
    output_.write();
  }
}

// A signal may have ended a command that failed: the user's Ctrl-C, or one from end().
bool ExecHandler::is_ending() const { return ending_ || context_.stop.signal_number() != 0; }

bool ExecHandler::is_run_again(const CommandResult& result) const {
  const auto& end = result.end;
  const auto exited_with = [&](auto... statuses) { return (end.exited_with(statuses) || ...); };
  return retries_.takes(result.job) && !is_ending() && !failure_ &&
         !exited_with(0, kReject, kPutBack, kCannotRun, kNotFound) && !is_for_lack_of_a_reader(end);
}

void ExecHandler::retry_later(CommandResult& result, DeliveryLedger& ledger) {
  const auto tag = result.job.delivery_tag;
  const auto name = result.job.name();
  const auto attempt = result.job.attempt;
  const auto pause = retries_.wait(std::move(result.job), context_.clock.now());
  context_.log.warning("{}: the command failed: {}; attempt {} of {} follows in {}", name,
                       result.end.text(), attempt + 1, retries_.attempts(),
                       format_duration(std::chrono::ceil<Milliseconds>(pause)));
  if (!retries_.is_full(parking_ != nullptr ? parking_->under_way() : 0)) {
    ledger.decide(tag, Fate::hold);
  }
}

void ExecHandler::on_result(CommandResult& result, DeliveryLedger& ledger) {
  const auto tag = result.job.delivery_tag;
  ++handled_.messages;
  if (ending_ && ending_ != Ending::finish) {
    // The status does not count: a command that was told to end may clean up and exit with 0.
    count(Exit::failed);
    ledger.decide(tag, Fate::hold);
  } else if (result.end.exited_with(kReject)) {
    count(Exit::ok);
    ledger.decide(tag, Fate::reject);
  } else if (result.end.exited_with(kPutBack)) {
    count(Exit::ok);
    put_back(tag, ledger);
  } else if (result.end.exited_with(0)) {
    on_success(result, ledger);
  } else {
    on_failure(result, ledger);
  }
}

void ExecHandler::on_success(const CommandResult& result, DeliveryLedger& ledger) {
  count(Exit::ok);
  ledger.decide(result.job.delivery_tag, Fate::ack);
}

// Without a reader SIGPIPE kills a command that prints; the shell around it exits with 128+SIGPIPE.
bool ExecHandler::is_for_lack_of_a_reader(const ChildEnd& end) const {
  const bool by_pipe = end.killed_by == SIGPIPE || end.exited_with(kKilledBy + SIGPIPE);
  return by_pipe && is_ready(output_.fd(), 0);
}

void ExecHandler::on_failure(CommandResult& result, DeliveryLedger& ledger) {
  if (is_for_lack_of_a_reader(result.end)) {
    throw ReaderGone();
  }
  count(Exit::failed);
  const auto tag = result.job.delivery_tag;
  const bool cannot_run = result.end.exited_with(kCannotRun) || result.end.exited_with(kNotFound);
  if (is_ending() || (failure_ && on_fail_ != OnFail::reject)) {
    ledger.decide(tag, Fate::hold);
  } else if (cannot_run || on_fail_ == OnFail::stop) {
    stop_with(result, cannot_run, ledger);
  } else if (on_fail_ == OnFail::park) {
    parking_->park(std::move(result.job), result.end);
  } else {
    const bool rejects = on_fail_ == OnFail::reject;
    context_.log.warning("{}: the command failed: {}; {}", result.job.name(), result.end.text(),
                         rejects ? "rejected" : "it goes back to the queue");
    if (rejects) {
      ledger.decide(tag, Fate::reject);
    } else {
      put_back(tag, ledger);
    }
  }
}

void ExecHandler::stop_with(const CommandResult& result, bool cannot_run, DeliveryLedger& ledger) {
  const auto text = result.end.text();
  failure_ = cannot_run ? Error(Exit::failed, fmt::format("the command cannot be run: {}", text),
                                "the message went back to the queue")
                        : Error(Exit::failed,
                                fmt::format("{}: the command failed: {}", result.job.name(), text),
                                "the message went back to the queue");
  drop_work(ledger);
  ledger.decide(result.job.delivery_tag, Fate::hold);
}

// Messages whose command does not run go back.
void ExecHandler::drop_work(DeliveryLedger& ledger) {
  for (const auto& job : commands_.drop_waiting()) {
    ledger.decide(job.delivery_tag, Fate::hold);
  }
  for (const auto& job : retries_.take_all()) {
    ledger.decide(job.delivery_tag, Fate::hold);
  }
}

// A message that waited for an attempt was held. It must not go to others while it is under way.
void ExecHandler::keep_under_way(DeliveryLedger& ledger) {
  for (const auto tag : commands_.running()) {
    ledger.decide(tag, Fate::open);
  }
  if (parking_ != nullptr) {
    for (const auto tag : parking_->delivery_tags()) {
      ledger.decide(tag, Fate::open);
    }
  }
}

void ExecHandler::take_parked(DeliveryLedger& ledger) {
  if (parking_ == nullptr) {
    return;
  }
  for (const auto& [tag, message, placed, why, in_doubt] : parking_->advance()) {
    if (placed) {
      ++handled_.parked;
      context_.log.warning("{}; parked in '{}'", message, parking_->queue());
      ledger.decide(tag, Fate::ack);
    } else {
      context_.log.warning("{}; the copy for '{}' {}; the message goes back to the queue{}",
                           message, parking_->queue(), why,
                           in_doubt ? ", and the copy may be there, too" : "");
      put_back(tag, ledger);
    }
  }
  if (const auto* error = parking_->error(); error != nullptr && !failure_) {
    failure_ = *error;
    drop_work(ledger);
  }
}

void ExecHandler::put_back(std::uint64_t delivery_tag, DeliveryLedger& ledger) {
  if (once_ || ending_) {
    ledger.decide(delivery_tag, Fate::hold);
  } else {
    put_back_.push_back({context_.clock.now() + kPause, delivery_tag});
  }
}

bool ExecHandler::is_parking() const {
  return parking_ != nullptr && parking_->under_way() > 0 &&
         !parking_ends_.passed(context_.clock.now());
}

bool ExecHandler::is_working() const {
  return commands_.busy() || !retries_.empty() || is_parking();
}

std::string_view ExecHandler::work() const {
  return commands_.busy()   ? "commands ran; their messages go back"
         : retries_.empty() ? "messages were being parked; they go back"
                            : "messages waited for another attempt; they go back";
}

void ExecHandler::append_polled(std::vector<pollfd>& polled) const {
  commands_.append_polled(polled);
  if (parking_ != nullptr) {
    parking_->append_polled(polled);
  }
}

Deadline ExecHandler::wake_at() const {
  const auto wake =
      retries_.wake_at().min(put_back_.empty() ? Deadline() : Deadline(put_back_.front().due));
  return is_parking()          ? wake.min(parking_->wake_at()).min(parking_ends_)
         : parking_ != nullptr ? wake.min(parking_->wake_at())
                               : wake;
}

void ExecHandler::disown() {
  put_back_.clear();
  retries_.take_all();
  commands_.disown();
  if (parking_ != nullptr) {
    parking_->disown();
  }
}

void ExecHandler::end(Ending how, const Deadline& until, DeliveryLedger& ledger) {
  if (!ending_ && parking_ != nullptr) {
    parking_->end();
    const auto now = context_.clock.now();
    parking_ends_ =
        until.min(Deadline(now + (context_.stop.signal_number() != 0 ? kGrace : kUsualDrain)));
  }
  ending_ = how;
  output_.limit(until);
  handled_.retried = commands_.started_again();
  drop_work(ledger);
  keep_under_way(ledger);
  for (const auto& waiting : put_back_) {
    ledger.decide(waiting.delivery_tag, Fate::hold);
  }
  put_back_.clear();
  if (how != Ending::finish) {
    commands_.send(how == Ending::stop ? SIGTERM : SIGKILL);
  }
}

}  // namespace mscomm
