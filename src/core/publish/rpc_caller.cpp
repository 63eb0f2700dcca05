#include "core/publish/rpc_caller.h"

#include <fmt/format.h>

#include <array>
#include <random>

#include "core/amqp/attended_output.h"
#include "core/amqp/connector.h"
#include "core/amqp/session_steps.h"
#include "core/message/body_file.h"
#include "core/publish/body_sender.h"
#include "core/publish/compose.h"
#include "core/publish/confirm_window.h"
#include "core/publish/publish_outcomes.h"
#include "core/runtime/duration.h"
#include "core/runtime/poll.h"
#include "core/runtime/signals.h"

namespace mscomm {
namespace {

// The pseudo-queue of RabbitMQ's direct reply-to.
constexpr const char* kReplyTo = "amq.rabbitmq.reply-to";

class Calling {
 public:
  Calling(SessionOwner& session, MessageSource& source, const PublishPlan& plan, Writer& output,
          const Context& context)
      : session_(session),
        source_(source),
        plan_(plan),
        output_(output, session, context),
        context_(context) {}

  RpcReport run() {
    try {
      Subscription replies;
      replies.queue = kReplyTo;
      replies.no_ack = true;
      session_->consume(replies);
      while (next_request()) {
        if (report_.sent > 0) {
          end_record();
        }
        call();
      }
      if (report_.answered > 1) {
        end_record();
      }
    } catch (const Interrupted&) {
      report_.interrupted = true;
      context_.stop.acknowledge();
    } catch (const Error& error) {
      report_.error = error;
    }
    const bool hurried = report_.interrupted || report_.error.has_value();
    session_->close(goodbye_deadline(hurried, context_));
    return std::move(report_);
  }

 private:
  bool next_request() {
    for (;;) {
      switch (source_.next(outgoing_)) {
        case MessageSource::State::message:
          return true;
        case MessageSource::State::end:
          return false;
        case MessageSource::State::wait:
          wait_for_input();
          break;
      }
    }
  }

  // Serves the session meanwhile; replies that arrive now are late ones.
  void wait_for_input() {
    look_after_session();
    std::array<pollfd, 2> sources{
        {{session_->fd(), session_->events(), 0}, {source_.fd(), POLLIN, 0}}};
    const auto until = context_.deadline.min(Deadline(session_->wake_at())).min(source_.until());
    if (wait_for(sources, until, context_.stop) == Wake::stopped) {
      throw Interrupted();
    }
    if (context_.deadline.passed(context_.clock.now())) {
      throw Error(Exit::timeout, "the deadline passed while waiting for input");
    }
  }

  void call() {
    request_.number = ++report_.sent;
    compose(request_, outgoing_, plan_, id_prefix_);
    auto& properties = request_.properties;
    if (!properties.correlation_id) {
      properties.correlation_id = fmt::format("{}{}", id_prefix_, request_.number);
    }
    properties.reply_to = kReplyTo;
    is_sent_ = answered_ = false;
    try {
      sequence_ = session_->begin_publish(request_.route, properties, request_.body_bytes(), true);
    } catch (const Error&) {
      --report_.sent;
      throw;
    }
    body_.begin(request_.body_bytes());
    const Deadline deadline =
        context_.deadline.at() ? context_.deadline : Deadline(context_.clock.now() + kReplyTimeout);
    while (!answered_) {
      body_.send(request_, *session_, kSendBuffer);
      look_after_session();
      if (answered_) {
        break;
      }
      const auto now = context_.clock.now();
      if (deadline.passed(now)) {
        throw late();
      }
      const bool busy = body_.left() && session_->buffered() < kSendBuffer;
      wait_or_throw(session_->fd(), session_->events(),
                    busy ? Deadline(now) : deadline.min(Deadline(session_->wake_at())),
                    context_.stop);
    }
  }

  void look_after_session() {
    session_->flush();
    while (const auto event = session_->next()) {
      std::visit([this](const auto& each) { this->on(each); }, *event);
    }
  }

  [[nodiscard]] Error late() const {
    if (is_sent_) {
      return {Exit::timeout, fmt::format("request {}: no answer came in time", request_.number),
              "is a service consuming from the queue? Its answers must carry the request's "
              "correlation id; --timeout sets how long the whole command may take"};
    }
    return {
        Exit::in_doubt,
        fmt::format("request {}: the broker did not say in time that it has it{}", request_.number,
                    blocked_.empty() ? "" : fmt::format(" (it is blocked: {})", blocked_)),
        "it may still be taken and handled; --timeout sets how long the whole command may take"};
  }

  void on(const Delivery& delivery) {
    const auto& wanted = request_.properties.correlation_id;
    const auto& got = delivery.properties->correlation_id;
    if (answered_ || body_.left() || report_.sent == 0 || got != wanted) {
      ignore(got);
      return;
    }
    if (delivery.file != nullptr) {
      delivery.file->for_each_piece([this](auto piece) {
        output_.buffer() += piece;
        output_.write_piece();
      });
    }
    output_.buffer() += delivery.body;
    output_.write();
    answered_ = true;
    ++report_.answered;
  }

  void ignore(const std::optional<std::string>& correlation_id) {
    if (++ignored_ > kShownFailures) {
      return;
    }
    context_.log.warning("an answer with {} is ignored{}",
                         correlation_id ? fmt::format("the correlation id '{}'", *correlation_id)
                                        : std::string("no correlation id"),
                         ignored_ == kShownFailures ? " (no more are told)" : "");
  }

  // A reply may arrive before the confirm of its request, which then arrives during a later
  // request.
  void on(const Confirm& confirm) {
    if (confirm.sequence != sequence_ && !(confirm.multiple && confirm.sequence > sequence_)) {
      return;
    }
    if (!confirm.accepted && !answered_) {
      throw Error(Exit::failed,
                  fmt::format("request {} was refused by the broker (nack)", request_.number),
                  "the queue is full and rejects, or a node failed");
    }
    is_sent_ = true;
  }

  void on(const Returned& returned) const {
    if (answered_ || returned.route != request_.route ||
        returned.properties.correlation_id != request_.properties.correlation_id) {
      on(Closed{Error(Exit::unreachable,
                      fmt::format("the connection to {} was lost: it sent back a message that is "
                                  "not the request",
                                  session_->name())),
                false,
                0,
                {}});
    }
    throw Error(
        Exit::failed,
        fmt::format("request {} came back: {} {}", request_.number, returned.code, returned.text),
        returned.route.exchange.empty() ? "is the queue there, and a service that consumes from it?"
                                        : "no queue is bound for this routing key");
  }

  void on(const Closed& closed) const {
    const bool under_way = report_.sent > report_.answered;
    if (under_way && is_recoverable(closed)) {
      throw Error(Exit::in_doubt,
                  fmt::format("request {}: {}", request_.number, closed.error.what()),
                  "the request was sent; whether it was handled is unknown");
    }
    throw closed.error;
  }

  void on(const Blocked& blocked) {
    blocked_ = blocked.reason;
    if (gate_.lets_through(context_.clock.now())) {
      tell_blocked(*session_, blocked, "; waiting", context_.observer);
    }
  }
  void on(const Unblocked&) {
    blocked_.clear();
    if (gate_.lets_through(context_.clock.now())) {
      tell_unblocked(*session_, "accepts messages again", context_.observer);
    }
  }
  static void on(const Cancelled&) {}

  void end_record() {
    output_.buffer() += '\n';
    output_.write();
  }

  SessionOwner& session_;
  MessageSource& source_;
  const PublishPlan& plan_;
  AttendedOutput output_;
  const Context& context_;
  RpcReport report_;
  Outgoing outgoing_;
  ConfirmWindow::Entry request_;
  BodySender body_;
  std::string id_prefix_ = random_id_prefix();
  std::string blocked_;
  WarningGate gate_;
  std::uint64_t sequence_ = 0;
  std::uint64_t ignored_ = 0;
  bool is_sent_ = false;  // the broker has confirmed it
  bool answered_ = false;
};

}  // namespace

RpcReport call_all(SessionOwner& session, MessageSource& source, const PublishPlan& plan,
                   Writer& output, const Context& context) {
  return Calling(session, source, plan, output, context).run();
}

}  // namespace mscomm
