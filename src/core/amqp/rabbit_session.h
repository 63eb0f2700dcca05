#pragma once

#include <string>
#include <string_view>

#include "core/amqp/broker_connection.h"
#include "core/amqp/broker_url.h"
#include "core/amqp/session.h"
#include "core/telemetry/context.h"

namespace mscomm {

struct SessionOptions {
  std::string connection_name = "mscomm";
  int heartbeat_seconds = 20;  ///< what we offer; the broker may lower it, 0 is none
  bool confirms = false;       ///< publisher confirms
  BodyPlace bodies = {};       ///< large ones in files are in Delivery::file
  bool greeting_only = false;  ///< stop after the broker's greeting, without a login
  Duration request_timeout = std::chrono::seconds(30);
};

/// Of a command's further connection, over which it publishes with confirms: named as its first one
/// with `what` behind it, such as "parks".
inline SessionOptions publishing_options(const std::string& connection_name,
                                         std::string_view what) {
  SessionOptions options;
  options.connection_name = connection_name + " (" + std::string(what) + ")";
  options.confirms = true;
  return options;
}

/// A Session over rabbitmq-c's protocol engine: its encoders and decoders, with the frames, the
/// socket, TLS and all waiting our own (FrameStream, BrokerConnection). rabbitmq-c's socket layer
/// swallows EINTR, waits without a deadline in several places, sends three times per publish and
/// does not answer when the broker closes.
class RabbitSession final : public Session {
 public:
  /// Connects and logs in. Throws Error (unreachable, denied, failed, timeout) or Interrupted.
  RabbitSession(const BrokerUrl& url, const SessionOptions& options, const Context& context,
                const Deadline& connect_deadline);

  [[nodiscard]] int fd() const override { return frames().fd(); }
  [[nodiscard]] short events() const override { return frames().events(); }
  [[nodiscard]] TimePoint wake_at() const override { return connection_.wake_at(); }
  std::optional<Event> next() override { return connection_.next(); }
  void flush() override { frames().flush(); }
  [[nodiscard]] bool is_receiving() const override {
    return connection_.is_receiving(request_timeout_);
  }
  [[nodiscard]] std::size_t buffered() const override { return frames().buffered(); }
  void keep_alive() override { frames().keep_alive(); }
  std::uint64_t begin_publish(const Route& route, const Properties& properties,
                              std::uint64_t body_size, bool mandatory) override;
  void append_body(std::string_view part) override;
  bool stop_consumer(const std::string& consumer_tag) override;
  void delete_queue(const std::string& queue) override;
  void settle(std::uint64_t delivery_tag, Settle how, bool multiple) override;
  QueueState declare_queue(const QueueDeclaration& queue) override;
  void declare_exchange(const ExchangeDeclaration& exchange) override;
  void bind(const Binding& binding) override;
  void delete_exchange(const std::string& exchange, const Deadline& deadline) override;
  std::string consume(const Subscription& subscription) override;
  void cancel(const std::vector<std::string>& consumer_tags, const Deadline& deadline) override;
  void discard_deliveries() override { connection_.discard_deliveries(); }
  bool close(const Deadline& deadline) noexcept override { return connection_.close(deadline); }
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const BrokerUrl& broker() const override { return broker_; }
  [[nodiscard]] const BrokerVersion& version() const override { return version_; }
  /// When TCP and TLS were done and AMQP began.
  [[nodiscard]] TimePoint connected_at() const noexcept { return connected_at_; }

 private:
  FrameStream& frames() noexcept { return connection_.frames(); }
  [[nodiscard]] const FrameStream& frames() const noexcept { return connection_.frames(); }

  void log_in(const BrokerUrl& url, const SessionOptions& options, const Deadline& deadline);
  void send_channel_open();
  void await_channel_open(const Deadline& deadline);
  void require_channel() const;
  void send(amqp_method_number_t id, void* decoded);
  amqp_method_t await_each(const std::vector<amqp_method_number_t>& replies,
                           const Deadline& deadline, std::optional<Duration> patience = {});
  amqp_method_t await(amqp_method_number_t reply, const Deadline& deadline,
                      std::optional<Duration> patience = {});
  amqp_method_t request(amqp_method_number_t id, void* decoded, amqp_method_number_t reply);

  const Context& context_;
  BrokerUrl broker_;
  BrokerVersion version_;
  std::string name_;
  Duration request_timeout_;
  bool confirms_;
  BrokerConnection connection_;
  TimePoint connected_at_;
  // The last basic.publish frame, used again for the next message with the same route.
  struct {
    Route route;
    bool mandatory = false;
    std::string frame;
  } last_publish_;
};

}  // namespace mscomm
