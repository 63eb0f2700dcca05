#include "core/amqp/publisher.h"

#include <fmt/format.h>

#include <array>
#include <random>

#include "core/amqp/broker_error.h"
#include "core/runtime/duration.h"
#include "core/runtime/log.h"
#include "core/runtime/poll.h"
#include "core/runtime/signals.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// Enough for one large write; past it, reading more input would only grow the buffer.
constexpr std::size_t kSendBuffer = 256UL * 1024;
// After Ctrl-C: how long confirms that are on their way may take.
constexpr Duration kGrace = 60ms;
constexpr std::uint64_t kShownFailures = 10;
constexpr Duration kGoodbye = 5s;
// How far apart the death of a pipeline's writer and our own signal may reach us.
constexpr Duration kSignalLag = 20ms;

// What the broker calls the exchange whose name is empty.
constexpr std::string_view kDefaultExchange = "amq.default";

constexpr std::uint8_t kTransient = 1;
constexpr std::uint8_t kPersistent = 2;

// Unique per run; a counter makes it unique per message at no cost.
std::string random_prefix() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}-", random(), random());
}

template <class T>
void prefer(std::optional<T>& value, const std::optional<T>& wish) {
  if (wish) {
    value = wish;
  }
}

void merge_headers(std::optional<FieldTable>& headers, const std::optional<FieldTable>& wishes) {
  if (!wishes) {
    return;
  }
  if (!headers) {
    headers.emplace();
  }
  for (const auto& wish : *wishes) {
    std::erase_if(*headers, [&](const auto& header) { return header.first == wish.first; });
    headers->push_back(wish);
  }
}

void apply(Properties& properties, const Properties& wishes) {
  prefer(properties.content_type, wishes.content_type);
  prefer(properties.content_encoding, wishes.content_encoding);
  merge_headers(properties.headers, wishes.headers);
  prefer(properties.delivery_mode, wishes.delivery_mode);
  prefer(properties.priority, wishes.priority);
  prefer(properties.correlation_id, wishes.correlation_id);
  prefer(properties.reply_to, wishes.reply_to);
  prefer(properties.expiration, wishes.expiration);
  prefer(properties.message_id, wishes.message_id);
  prefer(properties.timestamp, wishes.timestamp);
  prefer(properties.type, wishes.type);
  prefer(properties.user_id, wishes.user_id);
  prefer(properties.app_id, wishes.app_id);
}

// The reply codes that a channel is closed with because of one publish (AMQP 0-9-1 §1.2).
bool is_about_a_message(int code) {
  return code == 311 || code == 403 || code == 404 || code == 406;
}

class Publishing {
 public:
  Publishing(Session& session, MessageSource& source, const PublishPlan& plan,
             const Context& context)
      : session_(session), source_(source), plan_(plan), context_(context) {}

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
  using State = MessageSource::State;

  void loop() {
    last_progress_ = context_.clock.now();
    while (!closed_) {
      take_input();
      session_.flush();
      drain();
      note_sending();
      if (closed_ || (input_ended_ && done())) {
        return;
      }
      check_deadlines();
      // Confirms may just have made room for input that is there already.
      const bool more_input = !input_ended_ && !waiting_for_input_ && has_room();
      wait(more_input ? Deadline(context_.clock.now()) : Deadline());
    }
  }

  [[nodiscard]] bool done() const { return window_.empty() && session_.buffered() == 0; }

  [[nodiscard]] bool has_room() const {
    return window_.span() < plan_.window && session_.buffered() < kSendBuffer;
  }

  void take_input() {
    waiting_for_input_ = false;
    while (!input_ended_ && has_room()) {
      try {
        switch (source_.next(outgoing_)) {
          case State::message:
            refuse_a_half_message();
            send();
            break;
          case State::wait:
            waiting_for_input_ = input_paused_ = true;
            return;
          case State::end:
            input_ended_ = true;
            return;
        }
      } catch (const Error& error) {
        // What went out before is still confirmed and counted.
        end_with(error);
      }
    }
  }

  // Ctrl-C reaches a whole pipeline: the writer's end may be its death, and what it had written so
  // far half a message. A writer that was done before we looked has had its signal long ago.
  void refuse_a_half_message() {
    const auto lag = input_paused_ ? kSignalLag : Duration::zero();
    if (outgoing_.unterminated &&
        wait_for({}, Deadline(context_.clock.now() + lag), context_.stop) == Wake::stopped) {
      throw Interrupted();
    }
  }

  void send() {
    const auto number = ++report_.sent;
    Route route{plan_.exchange.value_or(outgoing_.exchange.value_or("")),
                plan_.routing_key.value_or(outgoing_.routing_key.value_or(""))};
    auto& properties = outgoing_.properties;
    apply(properties, plan_.properties);
    if (!outgoing_.complete) {
      if (!properties.delivery_mode) {
        properties.delivery_mode = plan_.persistent ? kPersistent : kTransient;
      }
      if (!properties.message_id) {
        properties.message_id = id_prefix_ + std::to_string(number);
      }
    }
    try {
      const auto sequence = session_.publish(route, properties, outgoing_.body, plan_.mandatory);
      if (plan_.confirms) {
        if (window_.empty()) {
          last_progress_ = context_.clock.now();
        }
        window_.add(sequence, {number, properties.message_id.value_or(""), std::move(route),
                               outgoing_.body.size()});
      }
    } catch (const Error& error) {
      --report_.sent;
      throw Error(error.reason(), fmt::format("message {}: {}", number, error.what()),
                  error.hint());
    }
  }

  void drain() {
    while (auto event = session_.next()) {
      std::visit([this](const auto& each) { on(each); }, *event);
    }
  }

  void on(const Confirm& confirm) {
    const auto resolved = window_.resolve(confirm);
    last_progress_ = context_.clock.now();
    report_.confirmed += resolved.confirmed;
    report_.refused += resolved.refused.size();
    for (const auto& entry : resolved.refused) {
      describe(entry.number, entry.route, "was refused by the broker (nack)",
               "the queue is full and rejects, or a node failed");
    }
  }

  void on(const Returned& returned) {
    const auto* entry = window_.mark_returned(returned);
    ++report_.returned;
    if (!plan_.returned_is_failure) {
      return;
    }
    describe(entry != nullptr ? entry->number : 0, returned.route,
             fmt::format("came back: {} {}", returned.code, returned.text).c_str(),
             returned.route.exchange.empty() ? "is the queue there? --declare creates it"
                                             : "no queue is bound for this routing key");
  }

  void describe(std::uint64_t number, const Route& route, const char* what, const char* hint) {
    if (++shown_ > kShownFailures) {
      return;
    }
    const auto target = route.exchange.empty() ? fmt::format("queue '{}'", route.routing_key)
                                               : fmt::format("exchange '{}' with key '{}'",
                                                             route.exchange, route.routing_key);
    const auto subject = number > 0 ? fmt::format("message {}", number) : "a message";
    context_.log.warning("{} to {} {}{}", subject, target, what,
                         shown_ == 1                ? fmt::format("\nhint: {}", hint)
                         : shown_ == kShownFailures ? " (more are only counted)"
                                                    : "");
  }

  void on(const Closed& closed) {
    closed_ = true;
    end_with(closed.error);
    // A 404 says which exchange is missing: what was sent there was not taken, no doubt about it.
    // Unless it took some before: then it was deleted meanwhile, and who knows when.
    const bool took_some = plan_.exchange && report_.confirmed > 0;
    // Whatever else a channel is closed for, a single message is what it was closed for.
    const bool about_one =
        closed.by_broker && window_.size() == 1 && is_about_a_message(closed.code);
    const auto missing = quoted_after(closed.text, "no exchange");
    const auto denied = quoted_after(closed.text, "access to exchange");
    for (const auto& entry : window_.take_unanswered()) {
      const auto& exchange = entry.route.exchange;
      const bool refused =
          exchange.empty() ? denied == kDefaultExchange : exchange == missing || exchange == denied;
      if (!entry.returned) {
        ++((refused && !took_some) || about_one ? report_.refused : report_.in_doubt);
      }
    }
  }

  void on(const Blocked& blocked) {
    blocked_ = blocked.reason;
    context_.log.warning("{} blocks publishers: {}; waiting", session_.name(), blocked.reason);
  }
  void on(const Unblocked&) {
    blocked_.clear();
    last_progress_ = context_.clock.now();
    context_.log.warning("{} accepts messages again", session_.name());
  }
  void on(const Cancelled&) {}
  void on(const Delivery&) {}

  // That the broker reads is progress, too; without confirms it is all there is.
  void note_sending() {
    if (session_.buffered() != last_buffered_) {
      last_buffered_ = session_.buffered();
      last_progress_ = context_.clock.now();
    }
  }

  [[nodiscard]] Deadline confirm_deadline() const {
    return done() ? Deadline() : Deadline(last_progress_ + plan_.confirm_timeout);
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
          "--confirm-timeout sets how long to wait; the queue may lack a majority of nodes");
    }
  }

  // Also sees a stop signal, so it is called even when there is no time to wait.
  void wait(const Deadline& at_most) {
    const bool wants_input = waiting_for_input_ && has_room();
    std::array<pollfd, 2> sources{
        {{session_.fd(), session_.events(), 0}, {wants_input ? source_.fd() : -1, POLLIN, 0}}};
    const auto until =
        at_most.min(context_.deadline).min(confirm_deadline()).min(Deadline(session_.wake_at()));
    if (wait_for(sources, until, context_.stop) == Wake::stopped) {
      throw Interrupted();
    }
  }

  void end_with(const Error& error) {
    input_ended_ = true;
    if (!report_.error ||
        worse(error.reason(), report_.error->reason()) != report_.error->reason()) {
      report_.error = error;
    }
  }

  // Confirms that are already on their way still count; nothing new is sent.
  void interrupted() {
    report_.interrupted = true;
    input_ended_ = true;
    context_.stop.acknowledge();
    const Deadline grace(context_.clock.now() + kGrace);
    try {
      while (!closed_ && !done() && !grace.passed(context_.clock.now())) {
        session_.flush();
        drain();
        if (!closed_ && !done()) {
          wait_or_throw(session_.fd(), session_.events(), grace, context_.stop);
        }
      }
    } catch (const Interrupted&) {
      return;
    }
  }

  void finish() {
    const bool hurried = report_.interrupted || report_.error.has_value();
    for (const auto& entry : window_.take_unanswered()) {
      report_.in_doubt += entry.returned ? 0 : 1;
    }
    const auto now = context_.clock.now();
    auto deadline = Deadline(now + (hurried ? kGrace : kGoodbye)).min(context_.deadline);
    if (deadline.passed(now + kGrace)) {
      deadline = Deadline(now + kGrace);
    }
    const bool answered = !closed_ && session_.close(deadline);
    if (plan_.confirms) {
      return;
    }
    // Without confirms the broker's goodbye is what says that it has read everything.
    drain();
    if (!answered) {
      report_.in_doubt = report_.sent - report_.returned;
      if (!report_.error && !report_.interrupted) {
        report_.error = Error(Exit::in_doubt, "the broker did not say that it has read everything",
                              "it may be blocked by an alarm; confirms would tell which it took");
      }
    }
  }

  Session& session_;
  MessageSource& source_;
  const PublishPlan& plan_;
  const Context& context_;
  PublishReport report_;
  ConfirmWindow window_;
  Outgoing outgoing_;
  std::string id_prefix_ = random_prefix();
  std::string blocked_;
  TimePoint last_progress_;
  std::size_t last_buffered_ = 0;
  std::uint64_t shown_ = 0;
  bool input_ended_ = false;
  bool waiting_for_input_ = false;
  bool input_paused_ = false;  // it has been waited for at least once
  bool closed_ = false;
};

}  // namespace

Exit PublishReport::exit(const PublishPlan& plan) const {
  Tally items;
  const auto unheard = plan.returned_is_failure ? returned : 0;
  items.add(Exit::failed, unheard + refused);
  items.add(Exit::in_doubt, in_doubt);
  items.add(Exit::ok, plan.confirms ? confirmed + (returned - unheard) : sent - in_doubt - unheard);
  auto run = error ? error->reason() : Exit::ok;
  // Status 2 promises that nothing was sent.
  if (run == Exit::usage && sent > 0) {
    run = Exit::partial;
  }
  return exit_code(items, run);
}

PublishReport publish_all(Session& session, MessageSource& source, const PublishPlan& plan,
                          const Context& context) {
  return Publishing(session, source, plan, context).run();
}

}  // namespace mscomm
