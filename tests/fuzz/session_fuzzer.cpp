// Everything that a broker can send, to a real session over loopback.
//
// The first byte of the input says how the session is used, the rest is what the broker sends:
// after a login that went well, or instead of one.

#include <string>

#include "core/amqp/rabbit_session.h"
#include "core/message/delivery_record.h"
#include "core/runtime/environment.h"
#include "core/runtime/signals.h"
#include "core/telemetry/context.h"
#include "core/telemetry/log_listener.h"
#include "fuzz/fuzzer.h"
#include "unit/amqp/canned_broker.h"

namespace mscomm::test {
namespace {

enum Use : std::uint8_t { kWelcome = 1, kDeclare = 2, kConsume = 4, kPublish = 8, kLeave = 16 };

void look_at(Event& event, std::string& out) {
  if (const auto* delivery = std::get_if<Delivery>(&event)) {
    append_delivery_json(out, {*delivery, "queue", {}});
  } else if (const auto* returned = std::get_if<Returned>(&event)) {
    out += returned->text + returned->route.exchange + returned->route.routing_key;
  } else if (const auto* closed = std::get_if<Closed>(&event)) {
    out += closed->text + closed->error.what();
  }
}

void read_all(RabbitSession& session, std::string& out) {
  while (auto event = session.next()) {
    look_at(*event, out);
  }
}

void use(RabbitSession& session, std::uint8_t how) {
  QueueDeclaration queue;
  Subscription subscription;
  queue.name = subscription.queue = "q";
  std::string out;
  try {
    if ((how & kDeclare) != 0) {
      out += session.declare_queue(queue).name;
    }
    if ((how & kConsume) != 0) {
      out += session.consume(subscription);
    }
    if ((how & kPublish) != 0) {
      session.publish({"", "q"}, {}, "body", true);
    }
    if ((how & kLeave) == 0) {
      read_all(session, out);
    }
  } catch (const Error&) {
    // What the broker sent is no answer.
  }
  session.close(Deadline(std::chrono::steady_clock::now() + std::chrono::seconds(1)));
  read_all(session, out);
}

}  // namespace

void fuzz(std::string_view input) {
  static const Environment environment;
  static Observer observer(make_log({.command = "fuzz", .level = LogLevel::error}));
  static const StopSignal stop;
  static CannedBroker broker;
  if (input.empty()) {
    return;
  }
  const auto how = static_cast<std::uint8_t>(input.front());
  input.remove_prefix(1);
  broker.say(((how & kWelcome) != 0 ? CannedBroker::greeting() : std::string()).append(input));

  const Context context{environment, observer, broker, stop};
  constexpr auto kTimeout = std::chrono::seconds(5);
  SessionOptions options;
  options.confirms = true;
  options.request_timeout = kTimeout;
  try {
    RabbitSession session(broker.url(), options, context, Deadline(broker.now() + kTimeout));
    use(session, how);
  } catch (const Error&) {
    // No broker that mscomm knows.
  }
}

}  // namespace mscomm::test
