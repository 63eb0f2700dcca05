#include "core/probe/roundtrip.h"

#include <fmt/format.h>

#include "core/runtime/poll.h"
#include "core/runtime/random_id.h"
#include "core/telemetry/context.h"

namespace mscomm {
namespace {

// Every byte value, to detect any change on the way that treats the body as text, and a random
// part, so that no other message is mistaken for this one.
std::string make_body() {
  auto body = fmt::format("mscomm probe {} ", random_hex(16));
  for (int byte = 0; byte < 256; ++byte) {
    body += static_cast<char>(byte);
  }
  return body;
}

Error blocked_error(const std::string& reason) {
  return {Exit::failed, fmt::format("the broker accepts no messages: {}", reason),
          "a resource alarm blocks every publisher of the cluster; `rabbitmq-diagnostics alarms` "
          "shows it"};
}

// The stages of the message's way.
class Journey {
 public:
  Journey(Session& session, std::string body) : session_(session), body_(std::move(body)) {}

  void take(const Event& event) {
    std::visit([this](const auto& each) { this->on(each); }, event);
  }

  [[nodiscard]] bool is_over() const { return confirmed_ && came_back_; }

  [[nodiscard]] Error late() const {
    return {Exit::timeout,
            fmt::format("the message was {} in time",
                        confirmed_ ? "confirmed but did not come back" : "not confirmed"),
            "the broker may be overloaded; --connect-timeout sets how long one check may take"};
  }

 private:
  void on(const Confirm& confirm) {
    if (!confirm.accepted) {
      throw Error(Exit::failed, "the broker refused the message (basic.nack)");
    }
    confirmed_ = true;
  }
  void on(const Delivery& delivery) {
    if (delivery.body != body_) {
      throw Error(Exit::failed, "the message did not come back as it was sent");
    }
    came_back_ = true;
    session_.settle(delivery.delivery_tag, Settle::ack, false);
  }
  static void on(const Returned& returned) {
    throw Error(Exit::failed,
                fmt::format("the message was returned: {} {}", returned.code, returned.text));
  }
  static void on(const Cancelled&) {
    throw Error(Exit::failed, "the broker deleted the temporary queue");
  }
  static void on(const Blocked& blocked) { throw blocked_error(blocked.reason); }
  static void on(const Unblocked&) {}
  static void on(const Closed& closed) { throw closed.error; }

  Session& session_;
  std::string body_;
  bool confirmed_ = false;
  bool came_back_ = false;
};

}  // namespace

void roundtrip(Session& session, const Deadline& deadline, const Context& context) {
  QueueDeclaration temporary;
  temporary.durable = false;
  temporary.exclusive = true;
  temporary.auto_delete = true;
  const auto queue = session.declare_queue(temporary).name;
  session.consume({queue, true, 1, {}});

  const auto body = make_body();
  Properties properties;
  properties.content_type = "application/octet-stream";
  Journey journey(session, body);
  session.publish({"", queue}, properties, body, true);
  for (;;) {
    session.flush();
    while (const auto event = session.next()) {
      journey.take(*event);
    }
    if (journey.is_over()) {
      return;
    }
    const auto until = deadline.min(Deadline(session.wake_at()));
    wait_or_throw(session.fd(), session.events(), until, context.stop);
    if (deadline.passed(context.clock.now())) {
      throw journey.late();
    }
  }
}

void close_after_roundtrip(Session& session, const Deadline& deadline) {
  session.close(deadline);
  while (const auto event = session.next()) {
    if (const auto* blocked = std::get_if<Blocked>(&*event)) {
      throw blocked_error(blocked->reason);
    }
  }
}

}  // namespace mscomm
