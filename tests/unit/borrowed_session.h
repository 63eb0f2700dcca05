#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/amqp/session.h"

namespace mscomm::test {

/// Stands for a session of the test's own, which is looked at when its owner has ended it.
class BorrowedSession final : public Session {
 public:
  explicit BorrowedSession(Session& session) : session_(session) {}

  [[nodiscard]] int fd() const override { return session_.fd(); }
  [[nodiscard]] short events() const override { return session_.events(); }
  [[nodiscard]] TimePoint wake_at() const override { return session_.wake_at(); }
  std::optional<Event> next() override { return session_.next(); }
  void flush() override { session_.flush(); }
  [[nodiscard]] bool is_receiving() const override { return session_.is_receiving(); }
  [[nodiscard]] std::size_t buffered() const override { return session_.buffered(); }
  void keep_alive() override { session_.keep_alive(); }
  std::uint64_t begin_publish(const Route& route, const Properties& properties,
                              std::uint64_t body_size, bool mandatory) override {
    return session_.begin_publish(route, properties, body_size, mandatory);
  }
  void append_body(std::string_view part) override { session_.append_body(part); }
  void settle(std::uint64_t delivery_tag, Settle how, bool multiple) override {
    session_.settle(delivery_tag, how, multiple);
  }
  bool stop_consumer(const std::string& consumer_tag) override {
    return session_.stop_consumer(consumer_tag);
  }
  void delete_queue(const std::string& queue) override { session_.delete_queue(queue); }
  QueueState declare_queue(const QueueDeclaration& queue) override {
    return session_.declare_queue(queue);
  }
  void declare_exchange(const ExchangeDeclaration& exchange) override {
    session_.declare_exchange(exchange);
  }
  void bind(const Binding& binding) override { session_.bind(binding); }
  void delete_exchange(const std::string& exchange, const Deadline& deadline) override {
    session_.delete_exchange(exchange, deadline);
  }
  std::string consume(const Subscription& subscription) override {
    return session_.consume(subscription);
  }
  void cancel(const std::vector<std::string>& consumer_tags, const Deadline& deadline) override {
    session_.cancel(consumer_tags, deadline);
  }
  void discard_deliveries() override { session_.discard_deliveries(); }
  bool close(const Deadline& deadline) noexcept override { return session_.close(deadline); }
  [[nodiscard]] const std::string& name() const override { return session_.name(); }
  [[nodiscard]] const BrokerUrl& broker() const override { return session_.broker(); }
  [[nodiscard]] const BrokerVersion& version() const override { return session_.version(); }

 private:
  Session& session_;
};

inline std::unique_ptr<Session> borrow(Session& session) {
  return std::make_unique<BorrowedSession>(session);
}

}  // namespace mscomm::test
