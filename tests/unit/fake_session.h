#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/amqp/session.h"
#include "core/runtime/files.h"
#include "unit/borrowed_session.h"

namespace mscomm::test {

/// A descriptor that is readable exactly when it is told to be.
class Bell {
 public:
  void ring(bool on) {
    if (on != rung_) {
      rung_ = on;
      eventfd_t sink = 0;
      (void)(on ? eventfd_write(fd_.get(), 1) : eventfd_read(fd_.get(), &sink));
    }
  }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_{eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  bool rung_ = false;
};

/// A session and the broker behind it, in one object without any network. As with the real one,
/// what is published or settled reaches the "broker" only by flush(), and a consumer is sent no
/// more than its prefetch allows. `fd()` is readable exactly while next() would give something.
class FakeSession final : public Session {
 public:
  struct Published {
    std::uint64_t sequence = 0;
    Route route;
    Properties properties;
    std::string body;
    bool mandatory = false;
  };
  struct Settled {
    std::uint64_t tag = 0;
    Settle how = Settle::ack;
    bool multiple = false;
    bool operator==(const Settled&) const = default;
  };
  struct Message {
    std::string body;
    std::string exchange;
    std::string routing_key;
    Properties properties;
    bool redelivered = false;
  };
  enum class Answer { confirm, withhold, refuse, send_back };

  // --- what the broker does
  Answer answer = Answer::confirm;
  std::function<Answer(const Published&)> answer_to;  ///< wins over `answer`
  std::optional<std::size_t> close_after;             ///< this many publishes, with `closed`
  std::optional<std::size_t> close_when_settled;      ///< this many deliveries, with `closed`
  Closed closed{Error(Exit::unreachable, "the connection was lost"), false, 0, {}};
  bool single_active = false;      ///< only the oldest consumer is sent messages
  bool stalled = false;            ///< takes nothing from the socket
  bool receiving = false;          ///< a delivery is on its way
  bool awaits_late_reply = false;  ///< to a request that was given up
  bool says_goodbye = true;        ///< answers close()
  TimePoint wake = TimePoint::max();
  BrokerUrl broker_url;
  BrokerVersion broker_version = parse_broker_version("RabbitMQ", "3.10.8");
  /// One is run each time the caller asks for fd(), that is, is about to wait.
  mutable std::deque<std::function<void()>> when_waited_for;
  std::function<QueueState(const QueueDeclaration&)> on_declare_queue;
  std::function<void(const ExchangeDeclaration&)> on_declare_exchange;
  std::function<void(const std::string& exchange)> on_delete_exchange;
  std::function<void()> on_consume;
  std::function<void()> on_cancel;
  std::function<void()> on_publish;
  std::function<void()> on_close;

  // --- what was done to it
  std::deque<Published> published;
  std::vector<Settled> settled;  ///< as the broker got them
  std::vector<QueueDeclaration> declared_queues;
  std::vector<ExchangeDeclaration> declared_exchanges;
  std::vector<Subscription> subscriptions;
  std::vector<std::string> cancelled;
  std::vector<std::string> stopped;  ///< by stop_consumer()
  std::vector<std::string> deleted;  ///< queues and exchanges
  std::uint64_t delivered = 0;       ///< what the broker sent, whether or not it was read
  std::uint64_t keep_alives = 0;
  mutable std::uint64_t waits = 0;
  int closes = 0;

  void push(Event event) {
    events_.push_back(std::move(event));
    ring();
  }
  /// Puts a message into the queue; it is delivered when there is a consumer with room.
  void enqueue(std::string body) { enqueue(Message{std::move(body), "", "q", {}, false}); }
  void enqueue(Message message) {
    ready_.push_back(std::move(message));
    ring();
  }
  [[nodiscard]] std::size_t ready() const { return ready_.size(); }
  [[nodiscard]] std::uint64_t unacknowledged() const { return unsettled_.size(); }
  [[nodiscard]] static Returned returned(const Published& message) {
    Returned returned{312,
                      "NO_ROUTE",
                      message.route,
                      message.properties.message_id,
                      message.body.size(),
                      message.properties};
    returned.body.add(message.body);
    return returned;
  }
  void confirm(std::uint64_t sequence, bool multiple = false) {
    push(Confirm{sequence, multiple, true});
  }

  [[nodiscard]] int fd() const override {
    ++waits;
    if (!when_waited_for.empty()) {
      const auto step = std::move(when_waited_for.front());
      when_waited_for.pop_front();
      step();
    }
    return bell_.fd();
  }
  [[nodiscard]] short events() const override {
    return static_cast<short>(buffered_ > 0 && !stalled ? POLLIN | POLLOUT : POLLIN);
  }
  [[nodiscard]] TimePoint wake_at() const override { return wake; }

  std::optional<Event> next() override {
    std::optional<Event> event;
    if (!events_.empty()) {
      event = std::move(events_.front());
      events_.pop_front();
    } else if (!on_their_way_.empty()) {
      event = deliver();
    }
    ring();
    return event;
  }

  void flush() override {
    while (!stalled && !outgoing_.empty()) {
      auto sent = std::move(outgoing_.front());
      outgoing_.pop_front();
      buffered_ -= sent.bytes;
      sent.arrive();
    }
    ring();
  }
  [[nodiscard]] bool is_receiving() const override { return receiving; }
  [[nodiscard]] std::size_t buffered() const override { return buffered_; }
  void keep_alive() override {
    ++keep_alives;
    flush();
  }

  std::uint64_t begin_publish(const Route& route, const Properties& properties,
                              std::uint64_t body_size, bool mandatory) override {
    if (route.routing_key.size() > 255) {
      throw Error(Exit::usage, "basic.publish cannot be sent");
    }
    const std::uint64_t sequence = ++sequence_;
    published.push_back({sequence, route, properties, {}, mandatory});
    body_size_ = body_size;
    if (body_size == 0) {
      end_publish(0);
    }
    return sequence;
  }

  void append_body(std::string_view part) override {
    if (part.empty()) {
      return;
    }
    auto& body = published.back().body;
    body += part;
    if (body.size() > body_size_) {
      throw std::logic_error("more body than was announced");
    }
    if (body.size() == body_size_) {
      end_publish(part.size());
    } else {
      send(part.size(), [] {});
    }
  }

  void settle(std::uint64_t delivery_tag, Settle how, bool multiple) override {
    send(21, [this, delivery_tag, how, multiple] {
      settled.push_back({delivery_tag, how, multiple});
      const auto found = unsettled_.find(delivery_tag);
      if (found == unsettled_.end()) {
        throw std::logic_error("PRECONDITION_FAILED - unknown delivery tag");
      }
      unsettled_.erase(multiple ? unsettled_.begin() : found, std::next(found));
      for (auto& [tag, prefetch, unsettled] : consumers_) {
        std::erase_if(unsettled, [&](auto each) { return !unsettled_.contains(each); });
      }
      if (close_when_settled && delivered - unsettled_.size() == *close_when_settled) {
        push(closed);
      }
    });
  }

  QueueState declare_queue(const QueueDeclaration& queue) override {
    flush();
    declared_queues.push_back(queue);
    return on_declare_queue ? on_declare_queue(queue)
                            : QueueState{queue.name, static_cast<std::uint32_t>(ready_.size()), 0};
  }
  void declare_exchange(const ExchangeDeclaration& exchange) override {
    declared_exchanges.push_back(exchange);
    if (on_declare_exchange) {
      on_declare_exchange(exchange);
    }
  }
  void bind(const Binding&) override {}
  std::string consume(const Subscription& subscription) override {
    subscriptions.push_back(subscription);
    if (on_consume) {
      on_consume();
    }
    const auto number = std::to_string(subscriptions.size());
    const auto made_up = "ctag" + (number == "1" ? "" : number);
    consumers_.push_back({subscription.consumer_tag.empty() ? made_up : subscription.consumer_tag,
                          subscription.prefetch,
                          {}});
    auto tag = consumers_.back().tag;
    ring();
    return tag;
  }
  void cancel(const std::vector<std::string>& consumer_tags, const Deadline&) override {
    flush();
    for (const auto& tag : consumer_tags) {
      cancelled.push_back(tag);
      end_consumer(tag);
    }
    ring();
    if (on_cancel) {
      on_cancel();
    }
  }
  bool stop_consumer(const std::string& consumer_tag) override {
    if (awaits_late_reply) {
      return false;
    }
    send(21, [this, consumer_tag] {
      stopped.push_back(consumer_tag);
      end_consumer(consumer_tag);
    });
    return true;
  }
  void delete_queue(const std::string& queue) override {
    send(21, [this, queue] { deleted.push_back(queue); });
  }
  void delete_exchange(const std::string& exchange, const Deadline&) override {
    flush();
    deleted.push_back(exchange);
    if (on_delete_exchange) {
      on_delete_exchange(exchange);
    }
  }
  void discard_deliveries() override {}
  bool close(const Deadline&) noexcept override {
    ++closes;
    flush();
    if (on_close) {
      on_close();
    }
    return says_goodbye;
  }
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const BrokerUrl& broker() const override { return broker_url; }
  [[nodiscard]] const BrokerVersion& version() const override { return broker_version; }

 private:
  struct Sent {
    std::size_t bytes;
    std::function<void()> arrive;
  };

  void send(std::size_t bytes, std::function<void()> arrive) {
    buffered_ += bytes;
    outgoing_.push_back({bytes, std::move(arrive)});
  }

  void end_publish(std::size_t last_part) {
    send(last_part + 8, [this, index = published.size() - 1] { answer_publish(published[index]); });
    if (on_publish) {
      on_publish();
    }
  }

  void answer_publish(const Published& message) {
    if (close_after && message.sequence > *close_after) {
      return;
    }
    switch (answer_to ? answer_to(message) : answer) {
      case Answer::withhold:
        break;
      case Answer::send_back:
        push(returned(message));
        [[fallthrough]];
      case Answer::confirm:
        confirm(message.sequence);
        break;
      case Answer::refuse:
        push(Confirm{message.sequence, false, false});
        break;
    }
    if (close_after && message.sequence == *close_after) {
      push(closed);
    }
  }

  struct Consumer {
    std::string tag;
    std::uint16_t prefetch = 0;
    std::set<std::uint64_t> unsettled;
    [[nodiscard]] bool has_room() const { return prefetch == 0 || unsettled.size() < prefetch; }
  };

  void end_consumer(const std::string& tag) {
    std::erase_if(consumers_, [&](const Consumer& each) { return each.tag == tag; });
  }
  // Prefetch counts for each consumer.
  Consumer* consumer_with_room() {
    const auto end = single_active
                         ? consumers_.begin() + std::min<std::ptrdiff_t>(1, std::ssize(consumers_))
                         : consumers_.end();
    const auto found = std::find_if(consumers_.begin(), end, std::mem_fn(&Consumer::has_room));
    return found == end ? nullptr : &*found;
  }

  // As a broker does, without waiting until somebody reads them.
  void send_deliveries() {
    while (!ready_.empty()) {
      auto* consumer = consumer_with_room();
      if (consumer == nullptr) {
        return;
      }
      on_their_way_.emplace_back(consumer->tag, std::move(ready_.front()));
      ready_.pop_front();
      unsettled_.insert(++delivered);
      consumer->unsettled.insert(delivered);
    }
  }
  void ring() {
    send_deliveries();
    bell_.ring(!events_.empty() || !on_their_way_.empty());
  }

  Delivery deliver() {
    std::tie(current_tag_, current_) = std::move(on_their_way_.front());
    on_their_way_.pop_front();
    return {current_tag_,         ++read_,
            current_.redelivered, current_.exchange,
            current_.routing_key, &current_.properties,
            current_.body};
  }

  Bell bell_;
  std::deque<Event> events_;
  std::deque<Sent> outgoing_;
  std::size_t buffered_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t body_size_ = 0;
  std::deque<Message> ready_;
  std::deque<std::pair<std::string, Message>> on_their_way_;
  std::string current_tag_;
  Message current_;
  std::uint64_t read_ = 0;
  std::set<std::uint64_t> unsettled_;
  std::vector<Consumer> consumers_;
  std::string name_ = "amqp://localhost:5672/";
};

}  // namespace mscomm::test
