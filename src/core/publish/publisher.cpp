#include "core/publish/publisher.h"

#include <fmt/format.h>

#include <array>

#include "core/amqp/connector.h"
#include "core/publish/compose.h"
#include "core/publish/confirmed_sender.h"
#include "core/publish/paced_input.h"
#include "core/publish/publish_outcomes.h"
#include "core/publish/resume_file.h"
#include "core/runtime/poll.h"
#include "core/runtime/signals.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kListBuffer = 1UL << 20U;
constexpr Duration kProgressEvery = 500ms;

class Publishing {
 public:
  Publishing(SessionOwner& session, MessageSource& source, const PublishPlan& plan,
             const Context& context, Writer* answers, ResumeFile* resume)
      : session_(session),
        input_(source, context),
        plan_(plan),
        context_(context),
        resume_(resume),
        outcomes_(report_, plan, context, answers, resume),
        sender_(session, plan, context, report_, outcomes_),
        id_prefix_(resume != nullptr ? resume->earlier().id_prefix : random_id_prefix()) {}

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
    start_ = context_.clock.now();
    input_.start(plan_.rate);
    for (;;) {
      fill();
      sender_.drain();
      outcomes_.write_list();
      record([](ResumeFile& file) { file.save_if_due(); });
      if (sender_.is_closed() || (input_.ended() && sender_.is_done())) {
        return;
      }
      check_deadlines();
      show_progress();
      // The confirms just read may have made room for waiting input.
      wait(can_go_on() ? Deadline(context_.clock.now()) : Deadline());
    }
  }

  [[nodiscard]] bool wants_input() {
    return !input_.ended() && sender_.has_room() && outcomes_.unwritten() < kListBuffer;
  }

  [[nodiscard]] bool can_go_on() {
    return sender_.can_go_on() || (input_.is_ready() && session_->buffered() < kSendBuffer &&
                                   !sender_.is_closed() && wants_input());
  }

  void fill() {
    input_.look_again();
    try {
      while (sender_.send_on() && wants_input() && take_input()) {
      }
    } catch (Unsendable& error) {
      // Messages sent before are still confirmed and counted.
      error.add_context(fmt::format("message {}", error.number()));
      end_with(error);
      record([&](ResumeFile& file) { file.answered(error.number(), Exit::failed); });
    }
    if (input_.ended()) {
      sender_.no_more();
    }
  }

  // True when a new message is in the window.
  bool take_input() {
    try {
      if (!input_.next(outgoing_)) {
        return false;
      }
      number_ = outgoing_.number != 0 ? outgoing_.number : number_ + 1;
      if (resume_ != nullptr) {
        resume_->reserve(number_);
      }
    } catch (const Error& error) {
      // Messages sent before are still confirmed and counted.
      end_with(error);
      return false;
    }
    auto& entry = sender_.add();
    entry.number = number_;
    compose(entry, outgoing_, plan_, id_prefix_);
    sender_.measure(entry);
    return true;
  }

  template <class Step>
  void record(const Step& step) {
    try {
      if (resume_ != nullptr) {
        step(*resume_);
      }
    } catch (const Error& error) {
      end_with(error);
    }
  }

  void check_deadlines() {
    if (context_.deadline.passed(context_.clock.now())) {
      throw Error(Exit::timeout, "the deadline passed" + sender_.because_blocked(),
                  "--timeout sets how long the whole command may take");
    }
    sender_.check_progress();
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
    auto until = at_most.min(context_.deadline).min(sender_.wake_at());
    if (wants) {
      until = until.min(input_.due());
    }
    if (context_.log.shows_progress()) {
      until = until.min(Deadline(std::max(progress_due_, start_ + 1s)));
    }
    if (const auto nap = sender_.gathers_for(); nap > Duration::zero() && !can_go_on()) {
      sleep_or_throw(until.min(Deadline(context_.clock.now() + nap)), context_.stop);
    } else if (wait_for(sources, until, context_.stop) == Wake::stopped) {
      throw Interrupted();
    }
  }

  void end_with(const Error& error) {
    input_.end();
    report_.note(error);
  }

  // Confirms under way still count; nothing new is sent.
  void interrupted() {
    report_.interrupted = true;
    input_.end();
    sender_.no_more();
    context_.stop.acknowledge();
    const Deadline grace(context_.clock.now() + kGrace);
    while (!sender_.is_closed() && !sender_.is_done() && !grace.passed(context_.clock.now())) {
      sender_.drain();
      if (!sender_.is_closed() && !sender_.is_done()) {
        // A second signal ends the process.
        wait_or_throw(session_->fd(), session_->events(), grace.min(Deadline(session_->wake_at())),
                      context_.stop);
      }
    }
  }

  void finish() {
    const bool hurried = report_.interrupted || report_.error.has_value();
    sender_.end([this](const auto& entry) { outcomes_.unanswered(entry); });
    record([this](ResumeFile& file) {
      report_.confirmed_before = file.confirmed_before();
      report_.perhaps_twice = file.perhaps_twice();
      file.finish();
    });
    const bool answered =
        !sender_.is_closed() && session_->close(goodbye_deadline(hurried, context_));
    if (!plan_.confirms) {
      conclude_unconfirmed(answered);
    }
    outcomes_.finish_list(hurried ? Deadline(context_.clock.now() + kGrace) : context_.deadline);
  }

  // Without confirms only the broker's close-ok proves that it has read everything.
  void conclude_unconfirmed(bool answered) {
    if (!sender_.is_closed()) {
      sender_.drain();
    }
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
  ResumeFile* resume_;
  PublishOutcomes outcomes_;
  ConfirmedSender sender_;
  Outgoing outgoing_;
  std::string id_prefix_;
  std::uint64_t number_ = 0;
  TimePoint start_, progress_due_;
};

}  // namespace

PublishReport publish_all(SessionOwner& session, MessageSource& source, const PublishPlan& plan,
                          const Context& context, Writer* answers, ResumeFile* resume) {
  return Publishing(session, source, plan, context, answers, resume).run();
}

}  // namespace mscomm
