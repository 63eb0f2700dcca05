#include "core/publish/confirmed_sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/amqp/connector.h"
#include "core/amqp/session_steps.h"
#include "core/runtime/duration.h"

namespace mscomm {
namespace {

// Bounds of the unanswered messages besides their number: bytes and files, kept for sending them
// again.
constexpr std::size_t kWindowBytes = 4UL << 20U;
constexpr std::size_t kWindowFiles = 64;  // each is an open descriptor
constexpr int kMostFruitless = 10;        // connections in a row without a confirm

}  // namespace

ConfirmedSender::ConfirmedSender(SessionOwner& session, const PublishPlan& plan,
                                 const Context& context, PublishReport& report,
                                 AnswerListener& listener)
    : session_(session),
      plan_(plan),
      context_(context),
      report_(report),
      listener_(listener),
      on_answer_([&listener](const ConfirmWindow::Entry& entry, ConfirmWindow::Answer answer) {
        listener.answered(entry, answer);
      }),
      last_progress_(context.clock.now()) {}

// The rest of a large body comes first, then messages to send again, then new ones.
bool ConfirmedSender::send_on() {
  pauses_ = context_.clock.now() < patience_.resume_at();
  while (!closed_ && !pauses_ && session_->buffered() < kSendBuffer) {
    if (body_.left()) {
      send_body();
    } else if (auto* entry = to_send()) {
      send(*entry);
    } else {
      return has_room();
    }
  }
  return false;
}

// What a full window is refilled by.
std::size_t ConfirmedSender::batch() const { return std::max<std::size_t>(1, plan_.window / 4); }

bool ConfirmedSender::has_room() {
  if (!window_was_full_ && window_.span() >= plan_.window) {
    window_was_full_ = true;
    full_since_ = context_.clock.now();
  } else if (window_was_full_ && window_.span() + batch() <= plan_.window) {
    window_was_full_ = false;
    room_took_ = context_.clock.now() - full_since_;
  }
  return !pauses_ && !window_was_full_ && window_.bytes() < kWindowBytes &&
         window_.files() < kWindowFiles;
}

bool ConfirmedSender::can_go_on() {
  return !closed_ && !pauses_ && session_->buffered() < kSendBuffer &&
         (body_.left() || to_send() != nullptr);
}

// An eighth of the time that a batch's room takes, so that the broker always has most of the window
// left to answer. After a sleep that brought nothing the caller waits for the socket.
Duration ConfirmedSender::gathers_for() const {
  constexpr Duration kLeast = std::chrono::microseconds(500);
  constexpr Duration kMost = std::chrono::milliseconds(2);
  const auto sleep = std::min(room_took_ / 8, kMost);
  const bool gathers = gathers_ && window_was_full_ && sleep >= kLeast && !closed_ && !pauses_ &&
                       session_->buffered() == 0;
  return gathers ? sleep : Duration::zero();
}

bool ConfirmedSender::is_done() const {
  return window_.empty() && !body_.left() && session_->buffered() == 0;
}

// A message sent again leaves its earlier place in the window empty, so the span may exceed the
// window up to four times.
ConfirmWindow::Entry* ConfirmedSender::to_send() {
  return window_.span() < 4 * plan_.window ? window_.unsent() : nullptr;
}

void ConfirmedSender::send(ConfirmWindow::Entry& entry) {
  const auto size = entry.body_bytes();
  const bool is_new = entry.times_sent == 0;
  try {
    session_->begin_publish(entry.route, entry.properties, size, plan_.mandatory);
  } catch (Error& error) {
    if (!is_new) {
      error.add_context(fmt::format("message {}", entry.number));
      throw;
    }
    throw Unsendable(error, window_.drop_unsent());
  }
  if (window_.size() == 1) {
    note_progress();
  }
  ++(is_new ? report_.sent : report_.resent);
  window_.mark_sent();
  body_.begin(size);
  send_body();
}

void ConfirmedSender::send_body() {
  body_.send(window_.newest_sent(), *session_, kSendBuffer);
  unread_ = session_->buffered();
  if (!body_.left() && !plan_.confirms) {
    window_.abandon([](const auto&) {});  // no answer will come
  }
}

void ConfirmedSender::drain() {
  session_->flush();
  const auto unanswered = window_.size();
  while (!closed_) {
    auto event = session_->next();
    if (!event) {
      break;
    }
    std::visit([this](const auto& each) { on(each); }, *event);
  }
  const auto answered = unanswered - window_.size();
  gathers_ = answered > 0 && (gathers_ || answered < batch() / 8);
  // Messages that the broker reads count as progress too; without confirms there is no other.
  if (!closed_ && session_->buffered() < unread_) {
    unread_ = session_->buffered();
    note_progress();
  }
}

void ConfirmedSender::note_progress() {
  last_progress_ = context_.clock.now();
  was_unblocked_ = false;
}

void ConfirmedSender::on(const Confirm& confirm) {
  if (body_.left() && confirm.sequence >= window_.newest_sequence()) {
    lose("answered what it does not have");
    return;
  }
  const auto now = context_.clock.now();
  const bool again = !report_.interrupted && patience_.sends_again(confirm, now);
  const auto unanswered = window_.size();
  if (!window_.resolve(confirm, on_answer_, again)) {
    return;  // what is no longer waited for, or never was, is no progress
  }
  note_progress();
  if (again) {
    patience_.refused(now);
  }
  const bool answers = window_.size() < unanswered;
  fruitless_ = answers ? 0 : fruitless_;
  fruitful_ = fruitful_ || answers;
}

// With confirms each message that can come back is in the window.
void ConfirmedSender::on(const Returned& returned) {
  const auto* entry = window_.mark_returned(returned);
  if (entry == nullptr && plan_.confirms) {
    lose("sent back a message that is none of those it has not answered");
    return;
  }
  listener_.came_back(entry, returned);
}

// A broker that says what cannot be is not to be believed any longer.
void ConfirmedSender::lose(const std::string& why) {
  on(Closed{Error(Exit::unreachable,
                  fmt::format("the connection to {} was lost: it {}", session_->name(), why)),
            false,
            0,
            {}});
}

void ConfirmedSender::on(const Closed& closed) {
  const bool goes_on =
      session_.replaces() && plan_.confirms && !report_.interrupted && is_recoverable(closed);
  if (goes_on && (window_.empty() || ++fruitless_ < kMostFruitless)) {
    recover(closed);
    return;
  }
  fail(closed.error);
  const auto left = window_.size() - (unsend_half_sent() ? 1U : 0U);
  window_.abandon([&](const auto& entry) { listener_.ended(entry, closed, left); });
}

// Sends every unanswered message again, with the same message id.
void ConfirmedSender::recover(const Closed& closed) {
  if (no_more_ && window_.empty()) {
    closed_ = true;  // everything is answered: only the close is missing
    return;
  }
  tell_lost(*session_, closed.error, context_.observer);
  const auto lost_at = context_.clock.now();
  closed_ = true;  // until there is another connection
  try {
    session_.replace(std::exchange(fruitful_, false));
  } catch (const Error& error) {
    fail(error);
    return;
  }
  closed_ = false;
  unsend_half_sent();
  unread_ = 0;
  window_.restart(on_answer_);
  blocked_.clear();
  note_progress();
  patience_.recovered(last_progress_);
  tell_recovered(
      *session_, last_progress_ - lost_at, {{"unanswered", window_.size()}},
      fmt::format("connected to {}; {} unanswered message{} sent again", session_->name(),
                  window_.size(), window_.size() == 1 ? " is" : "s are"),
      context_.observer);
}

void ConfirmedSender::fail(const Error& error) {
  closed_ = true;
  report_.note(error);
}

void ConfirmedSender::on(const Blocked& blocked) {
  blocked_ = blocked.reason;
  if (gate_.lets_through(context_.clock.now())) {
    tell_blocked(*session_, blocked, "; waiting", context_.observer);
  }
}

void ConfirmedSender::on(const Unblocked& /*unblocked*/) {
  blocked_.clear();
  // The broker has as much time as ever for what waited, but not again and again.
  if (!std::exchange(was_unblocked_, true)) {
    last_progress_ = context_.clock.now();
  }
  if (gate_.lets_through(context_.clock.now())) {
    tell_unblocked(*session_, "accepts messages again", context_.observer);
  }
}

std::string ConfirmedSender::because_blocked() const {
  return blocked_.empty() ? std::string() : fmt::format(" (the broker is blocked: {})", blocked_);
}

Deadline ConfirmedSender::confirm_deadline() const {
  const auto since = std::max(last_progress_, patience_.resume_at());
  return is_done() ? Deadline() : Deadline(since + plan_.confirm_timeout);
}

void ConfirmedSender::check_progress() {
  if (!confirm_deadline().passed(context_.clock.now())) {
    return;
  }
  throw Error(
      Exit::timeout,
      fmt::format("{} for {}{}", plan_.confirms ? "no confirm came" : "the broker took nothing",
                  format_duration(plan_.confirm_timeout), because_blocked()),
      blocked_.empty()
          ? "--confirm-timeout sets how long to wait; the queue may lack a majority of nodes"
          : "--confirm-timeout sets how long to wait; what blocks the broker must end there");
}

Deadline ConfirmedSender::wake_at() const {
  const auto until = confirm_deadline().min(Deadline(session_->wake_at()));
  return pauses_ ? until.min(Deadline(patience_.resume_at())) : until;
}

// The broker does not accept a message whose body is incomplete. False when there is none.
bool ConfirmedSender::unsend_half_sent() {
  if (!body_.left()) {
    return false;
  }
  --(window_.newest_sent().times_sent == 1 ? report_.sent : report_.resent);
  window_.unmark_sent();
  body_.give_up();
  return true;
}

void ConfirmedSender::end(const std::function<void(const ConfirmWindow::Entry&)>& on_each) {
  unsend_half_sent();
  window_.abandon(on_each);
}

}  // namespace mscomm
