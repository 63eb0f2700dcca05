#include "core/publish/publisher.h"

#include <fmt/format.h>

#include <array>

#include "core/amqp/connector.h"
#include "core/amqp/session_steps.h"
#include "core/publish/body_sender.h"
#include "core/publish/compose.h"
#include "core/publish/confirm_window.h"
#include "core/publish/paced_input.h"
#include "core/publish/publish_outcomes.h"
#include "core/publish/refusal_patience.h"
#include "core/runtime/duration.h"
#include "core/runtime/poll.h"
#include "core/runtime/signals.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// Bounds of the unanswered messages besides their number: bytes and files, kept for sending them
// again.
constexpr std::size_t kWindowBytes = 4UL << 20U;
constexpr std::size_t kWindowFiles = 64;  // each is an open descriptor
constexpr std::size_t kListBuffer = 1UL << 20U;
constexpr int kMostFruitless = 10;  // connections in a row without a confirm
constexpr Duration kProgressEvery = 500ms;

class Publishing {
 public:
  Publishing(SessionOwner& session, MessageSource& source, const PublishPlan& plan,
             const Context& context, Writer* answers)
      : session_(session),
        input_(source, context),
        plan_(plan),
        context_(context),
        outcomes_(report_, plan, context, answers),
        on_answer_([this](const ConfirmWindow::Entry& entry, ConfirmWindow::Answer answer) {
          outcomes_.answered(entry, answer);
        }) {}

  PublishReport run() {
    try {
      loop();
    } catch (const Interrupted&) {
      interrupted();
    } catch (const Error& error) {
      end_with(error);
    }
    finish();
    return std::move(report_);
  }

 private:
  void loop() {
    start_ = last_progress_ = context_.clock.now();
    input_.start(plan_.rate);
    while (!closed_) {
      pauses_ = context_.clock.now() < patience_.resume_at();
      fill();
      session_->flush();
      drain();
      outcomes_.write_list();
      note_sending();
      if (closed_ || (input_.ended() && done())) {
        return;
      }
      check_deadlines();
      show_progress();
      // The confirms just read may have made room for waiting input.
      wait(can_go_on() ? Deadline(context_.clock.now()) : Deadline());
    }
  }

  [[nodiscard]] bool done() const {
    return window_.empty() && !body_.left() && session_->buffered() == 0;
  }

  [[nodiscard]] bool wants_input() {
    // Once full, the window is refilled in batches, not message by message.
    if (window_.span() >= plan_.window) {
      window_was_full_ = true;
    } else if (window_.span() + std::max<std::size_t>(1, plan_.window / 4) <= plan_.window) {
      window_was_full_ = false;
    }
    return !input_.ended() && !pauses_ && !window_was_full_ && window_.bytes() < kWindowBytes &&
           window_.files() < kWindowFiles && outcomes_.unwritten() < kListBuffer;
  }

  [[nodiscard]] bool can_go_on() {
    if (closed_ || pauses_ || session_->buffered() >= kSendBuffer) {
      return false;
    }
    return body_.left() || to_send() != nullptr || (input_.is_ready() && wants_input());
  }

  // A message sent again leaves its earlier place in the window empty, so the span may exceed the
  // window up to four times.
  ConfirmWindow::Entry* to_send() {
    return window_.span() < 4 * plan_.window ? window_.unsent() : nullptr;
  }

  // Buffers as much as fits one write well: the rest of a large body, messages to send again, then
  // new messages.
  void fill() {
    input_.look_again();
    while (!pauses_ && session_->buffered() < kSendBuffer) {
      if (body_.left()) {
        send_body();
      } else if (auto* entry = to_send()) {
        send(*entry);
      } else if (!wants_input() || !take_input()) {
        return;
      }
    }
  }

  // True when a new message is in the window.
  bool take_input() {
    try {
      if (!input_.next(outgoing_)) {
        return false;
      }
    } catch (const Error& error) {
      // Messages sent before are still confirmed and counted.
      end_with(error);
      return false;
    }
    auto& entry = window_.add();
    entry.number = ++number_;
    compose(entry, outgoing_, plan_, id_prefix_);
    window_.measure(entry);
    return true;
  }

  void send(ConfirmWindow::Entry& entry) {
    const auto size = entry.body_bytes();
    const bool is_new = entry.times_sent == 0;
    try {
      session_->begin_publish(entry.route, entry.properties, size, plan_.mandatory);
    } catch (Error& error) {
      error.add_context(fmt::format("message {}", entry.number));
      if (!is_new) {
        throw;
      }
      // Messages sent before are still confirmed and counted.
      window_.drop_last();
      end_with(error);
      return;
    }
    if (window_.size() == 1) {
      last_progress_ = context_.clock.now();
    }
    ++(is_new ? report_.sent : report_.resent);
    window_.mark_sent();
    body_.begin(size);
    send_body();
  }

  void send_body() {
    body_.send(window_.newest_sent(), *session_, kSendBuffer);
    if (!body_.left() && !plan_.confirms) {
      window_.abandon([](const auto&) {});  // no answer will come
    }
  }

  void drain() {
    while (!closed_) {
      auto event = session_->next();
      if (!event) {
        return;
      }
      std::visit([this](const auto& each) { on(each); }, *event);
    }
  }

  void on(const Confirm& confirm) {
    if (body_.left() && confirm.sequence >= window_.newest_sequence()) {
      const Error broken(Exit::unreachable,
                         fmt::format("{} answered what it does not have", session_->name()));
      on(Closed{broken, false, 0, {}});
      return;
    }
    const auto now = context_.clock.now();
    const bool again = !report_.interrupted && patience_.sends_again(confirm, now);
    const auto unanswered = window_.size();
    window_.resolve(confirm, on_answer_, again);
    const bool answers = window_.size() < unanswered;  // not what is no longer waited for
    last_progress_ = answers || again ? now : last_progress_;
    fruitless_ = answers ? 0 : fruitless_;
    fruitful_ = fruitful_ || answers;
  }

  void on(const Returned& returned) {
    outcomes_.came_back(window_.mark_returned(returned), returned);
  }

  void on(const Closed& closed) {
    const bool goes_on =
        session_.replaces() && plan_.confirms && !report_.interrupted && is_recoverable(closed);
    if (goes_on && (window_.empty() || ++fruitless_ < kMostFruitless)) {
      recover(closed);
      return;
    }
    closed_ = true;
    end_with(closed.error);
    forget_half_sent();
    window_.abandon(
        [&, left = window_.size()](const auto& entry) { outcomes_.ended(entry, closed, left); });
  }

  // Sends every unanswered message again, with the same message id.
  void recover(const Closed& closed) {
    if (input_.ended() && window_.empty()) {
      closed_ = true;  // everything is answered: only the close is missing
      return;
    }
    tell_lost(*session_, closed.error, context_.observer);
    const auto lost_at = context_.clock.now();
    closed_ = true;  // until there is another connection
    try {
      session_.replace(std::exchange(fruitful_, false));
    } catch (const Error& error) {
      end_with(error);
      return;
    }
    closed_ = false;
    body_.give_up();
    window_.restart(on_answer_);
    blocked_.clear();
    last_progress_ = context_.clock.now();
    patience_.recovered(last_progress_);
    tell_recovered(
        *session_, last_progress_ - lost_at, {{"unanswered", window_.size()}},
        fmt::format("connected to {}; {} unanswered message{} sent again", session_->name(),
                    window_.size(), window_.size() == 1 ? " is" : "s are"),
        context_.observer);
  }

  void on(const Blocked& blocked) {
    blocked_ = blocked.reason;
    tell_blocked(*session_, blocked, "; waiting", context_.observer);
  }
  void on(const Unblocked&) {
    blocked_.clear();
    last_progress_ = context_.clock.now();
    tell_unblocked(*session_, "accepts messages again", context_.observer);
  }
  void on(const auto&) {}  // events for consumers

  // Bytes that the broker reads count as progress too; without confirms there is no other.
  void note_sending() {
    if (!closed_ && session_->buffered() != last_buffered_) {
      last_buffered_ = session_->buffered();
      last_progress_ = context_.clock.now();
    }
  }

  [[nodiscard]] Deadline confirm_deadline() const {
    const auto since = std::max(last_progress_, patience_.resume_at());
    return done() ? Deadline() : Deadline(since + plan_.confirm_timeout);
  }

  void check_deadlines() {
    const auto now = context_.clock.now();
    const auto because =
        blocked_.empty() ? std::string() : fmt::format(" (the broker is blocked: {})", blocked_);
    if (context_.deadline.passed(now)) {
      throw Error(Exit::timeout, fmt::format("the deadline passed{}", because),
                  "--timeout sets how long the whole command may take");
    }
    if (confirm_deadline().passed(now)) {
      throw Error(
          Exit::timeout,
          fmt::format("{} for {}{}", plan_.confirms ? "no confirm came" : "the broker took nothing",
                      format_duration(plan_.confirm_timeout), because),
          blocked_.empty()
              ? "--confirm-timeout sets how long to wait; the queue may lack a majority of nodes"
              : "--confirm-timeout sets how long to wait; what blocks the broker must end there");
    }
  }

  void show_progress() {
    const auto now = context_.clock.now();
    if (context_.log.shows_progress() && now >= progress_due_) {
      progress_due_ = now + kProgressEvery;
      outcomes_.show_progress(now - start_, input_.progress());
    }
  }

  // Also notices a stop signal, so it is called even when there is no time to wait.
  void wait(const Deadline& at_most) {
    const bool wants = wants_input();
    const bool list = outcomes_.unwritten() > 0;
    std::array<pollfd, 3> sources{{{session_->fd(), session_->events(), 0},
                                   {wants ? input_.fd() : -1, POLLIN, 0},
                                   {list ? outcomes_.list_fd() : -1, POLLOUT, 0}}};
    auto until =
        at_most.min(context_.deadline).min(confirm_deadline()).min(Deadline(session_->wake_at()));
    until = pauses_ ? until.min(Deadline(patience_.resume_at())) : until;
    if (wants) {
      until = until.min(input_.due());
    }
    if (context_.log.shows_progress()) {
      until = until.min(Deadline(std::max(progress_due_, start_ + 1s)));
    }
    if (wait_for(sources, until, context_.stop) == Wake::stopped) {
      throw Interrupted();
    }
  }

  void end_with(const Error& error) {
    input_.end();
    if (!report_.error ||
        worse(error.reason(), report_.error->reason()) != report_.error->reason()) {
      report_.error = error;
    }
  }

  // Confirms under way still count; nothing new is sent.
  void interrupted() {
    report_.interrupted = true;
    input_.end();
    context_.stop.acknowledge();
    const Deadline grace(context_.clock.now() + kGrace);
    while (!closed_ && !done() && !grace.passed(context_.clock.now())) {
      session_->flush();
      drain();
      if (!closed_ && !done()) {
        // A second signal ends the process.
        wait_or_throw(session_->fd(), session_->events(), grace.min(Deadline(session_->wake_at())),
                      context_.stop);
      }
    }
  }

  // The broker does not accept a message whose body is incomplete.
  void forget_half_sent() {
    if (body_.left() && window_.newest_sent().times_sent == 1) {
      --report_.sent;
      window_.drop_newest_sent();
    }
    body_.give_up();
  }

  void finish() {
    const bool hurried = report_.interrupted || report_.error.has_value();
    forget_half_sent();
    window_.abandon([this](const auto& entry) { outcomes_.unanswered(entry); });
    const bool answered = !closed_ && session_->close(goodbye_deadline(hurried, context_));
    if (!plan_.confirms) {
      conclude_unconfirmed(answered);
    }
    outcomes_.finish_list(hurried ? Deadline(context_.clock.now() + kGrace) : context_.deadline);
  }

  // Without confirms only the broker's close-ok proves that it has read everything.
  void conclude_unconfirmed(bool answered) {
    drain();
    if (answered) {
      return;
    }
    report_.in_doubt = report_.sent - report_.returned;
    if (!report_.error && !report_.interrupted) {
      report_.error = Error(Exit::in_doubt, "the broker did not say that it has read everything",
                            "it may be blocked by an alarm; confirms would tell which it took");
    }
  }

  SessionOwner& session_;
  PacedInput input_;
  const PublishPlan& plan_;
  const Context& context_;
  PublishReport report_;
  PublishOutcomes outcomes_;
  ConfirmWindow::OnAnswer on_answer_;
  ConfirmWindow window_;
  Outgoing outgoing_;
  std::string id_prefix_ = random_id_prefix();
  std::uint64_t number_ = 0;
  BodySender body_;  // of the newest sent message
  std::string blocked_;
  TimePoint start_, last_progress_, progress_due_;
  RefusalPatience patience_;
  std::size_t last_buffered_ = 0;
  int fruitless_ = 0;
  bool fruitful_ = false, window_was_full_ = false, pauses_ = false, closed_ = false;
};

}  // namespace

PublishReport publish_all(SessionOwner& session, MessageSource& source, const PublishPlan& plan,
                          const Context& context, Writer* answers) {
  return Publishing(session, source, plan, context, answers).run();
}

}  // namespace mscomm
