#pragma once

#include <functional>
#include <string>
#include <utility>

#include "core/amqp/session_owner.h"
#include "core/amqp/session_steps.h"
#include "core/publish/body_sender.h"
#include "core/publish/confirm_window.h"
#include "core/publish/publish_plan.h"
#include "core/publish/refusal_patience.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Is told what becomes of each message that a ConfirmedSender sends.
class AnswerListener {
 public:
  virtual ~AnswerListener() = default;
  /// The broker's answer. If an earlier connection may have accepted the message, a failure leaves
  /// it in doubt.
  virtual void answered(const ConfirmWindow::Entry& entry, ConfirmWindow::Answer answer) = 0;
  /// A basic.return; the answer follows. `entry` is nullptr without confirms, when it is not known
  /// which message it is.
  virtual void came_back(const ConfirmWindow::Entry* entry, const Returned& returned) = 0;
  /// An entry without an answer at the end of a channel or connection that is not replaced. `left`
  /// is the number of such entries.
  virtual void ended(const ConfirmWindow::Entry& entry, const Closed& closed, std::size_t left) = 0;
};

/// A message that the protocol cannot carry. It was dropped, and nothing of it was sent.
class Unsendable : public Error {
 public:
  Unsendable(Error error, ConfirmWindow::Entry entry)
      : Error(std::move(error)), entry_(std::move(entry)) {}
  /// Its ConfirmWindow::Entry::number.
  [[nodiscard]] std::uint64_t number() const noexcept { return entry_.number; }
  /// The message, without its body.
  [[nodiscard]] const ConfirmWindow::Entry& entry() const noexcept { return entry_; }

 private:
  ConfirmWindow::Entry entry_;
};

/// Sends messages over a session and keeps each until the broker has answered it. When the session
/// is lost and may be replaced, unanswered messages are sent again on another one, with the same
/// message ids. It never waits, except for another session: the caller polls the session until
/// wake_at(), then calls drain() and send_on().
class ConfirmedSender {
 public:
  /// Counts what is sent in `report`, where `interrupted` ends all sending again. All that is
  /// referred to must outlive this object.
  ConfirmedSender(SessionOwner& session, const PublishPlan& plan, const Context& context,
                  PublishReport& report, AnswerListener& listener);

  /// Sends what is added and as much of it as fits one large write. True when there is room for
  /// another message, which is sent by the next call. Throws Unsendable, and Error{io} for a body
  /// that cannot be read.
  bool send_on();
  /// Whether send_on() has room for new messages: once full, the window is refilled in batches, not
  /// message by message.
  [[nodiscard]] bool has_room();
  /// Adds a message at the end: set every member, then call measure().
  ConfirmWindow::Entry& add() { return window_.add(); }
  void measure(const ConfirmWindow::Entry& entry) { window_.measure(entry); }
  /// Drops what is added and of which nothing was sent.
  void drop_never_sent() { window_.drop_never_sent(); }

  /// Sends what is buffered and takes what the broker sent. When the session is lost it is
  /// replaced, which may take a while, or is_closed() is true afterwards.
  void drain();

  /// Throws Error{timeout} when no confirm came for the plan's confirm_timeout while some are due,
  /// or without confirms when the broker took nothing. Whatever else the broker says does not
  /// prolong that, but the first end of a block since the last progress.
  void check_progress();
  /// When check_progress() or send_on() is due although the session is quiet.
  [[nodiscard]] Deadline wake_at() const;
  /// Whether send_on() would send without new messages.
  [[nodiscard]] bool can_go_on();
  /// How long the caller may sleep although confirms come: a full window is refilled in batches, so
  /// that being woken for each few of them is for nothing (a third of the CPU time of publishing).
  /// Zero when they are not to wait: of a lone message, of a small window, or when they come in
  /// large numbers anyway.
  [[nodiscard]] Duration gathers_for() const;

  /// Everything is sent and answered.
  [[nodiscard]] bool is_done() const;
  /// The session has ended and is not replaced; the report says why, unless everything was
  /// answered.
  [[nodiscard]] bool is_closed() const noexcept { return closed_; }
  /// No more messages follow: a session that ends with everything answered is not replaced.
  void no_more() noexcept { no_more_ = true; }

  /// Ends the sending: a message whose body is half sent counts as not sent; calls `on_each` for
  /// every message without an answer.
  void end(const std::function<void(const ConfirmWindow::Entry&)>& on_each);

  /// "" or " (the broker is blocked: low on memory)".
  [[nodiscard]] std::string because_blocked() const;
  [[nodiscard]] std::size_t unanswered() const noexcept { return window_.size(); }

 private:
  ConfirmWindow::Entry* to_send();
  void send(ConfirmWindow::Entry& entry);
  void send_body();
  void on(const Confirm& confirm);
  void on(const Returned& returned);
  void on(const Closed& closed);
  void lose(const std::string& why);
  void on(const Blocked& blocked);
  void on(const Unblocked& unblocked);
  void on(const Delivery& /*the session refuses it*/) {}
  void on(const Cancelled& /*the session refuses it*/) {}
  void recover(const Closed& closed);
  void note_progress();
  void fail(const Error& error);
  bool unsend_half_sent();
  [[nodiscard]] Deadline confirm_deadline() const;
  [[nodiscard]] std::size_t batch() const;

  SessionOwner& session_;
  const PublishPlan& plan_;
  const Context& context_;
  PublishReport& report_;
  AnswerListener& listener_;
  ConfirmWindow::OnAnswer on_answer_;
  ConfirmWindow window_;
  BodySender body_;  // of the newest sent message
  RefusalPatience patience_;
  std::string blocked_;
  WarningGate gate_;
  TimePoint last_progress_;
  std::size_t unread_ = 0;  // buffered bytes up to the end of the last message; other frames follow
  int fruitless_ = 0;
  bool fruitful_ = false, window_was_full_ = false, no_more_ = false, closed_ = false;
  bool was_unblocked_ = false;  // since the last progress
  bool pauses_ = false;         // after a refusal, as of the last send_on()
  bool gathers_ = false;        // confirms come, and few at once
  TimePoint full_since_;        // when the window was last found full
  Duration room_took_{};        // the last time, from there until it had room again
};

}  // namespace mscomm
