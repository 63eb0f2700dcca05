#pragma once

#include <amqp.h>

#include <deque>
#include <memory>
#include <string>

#include "core/amqp/broker_url.h"
#include "core/amqp/codec.h"
#include "core/amqp/frame_reader.h"
#include "core/amqp/session.h"
#include "core/amqp/transport.h"
#include "core/telemetry/context.h"

namespace mscomm {

struct SessionOptions {
  std::string connection_name = "mscomm";
  int heartbeat_seconds = 20;          ///< what we offer; the broker may lower it, 0 is none
  bool confirms = false;               ///< publisher confirms
  bool large_bodies_in_files = false;  ///< most above kLargeBody bytes have Delivery::file
  bool greeting_only = false;          ///< the broker has introduced itself; nobody logs in
  Duration request_timeout = std::chrono::seconds(30);
};

/// A Session over rabbitmq-c's protocol engine: its encoders and decoders, with the frames, the
/// socket, TLS and all waiting our own. rabbitmq-c's socket layer swallows EINTR, waits without a
/// deadline in several places, sends three times per publish and answers no close of the broker's.
class RabbitSession final : public Session {
 public:
  /// Connects and logs in. Throws Error (unreachable, denied, failed, timeout) or Interrupted.
  RabbitSession(const BrokerUrl& url, const SessionOptions& options, const Context& context,
                const Deadline& connect_deadline);
  ~RabbitSession() override;

  [[nodiscard]] int fd() const override { return transport_.fd(); }
  [[nodiscard]] short events() const override;
  [[nodiscard]] TimePoint wake_at() const override;
  std::optional<Event> next() override;
  void flush() override;
  [[nodiscard]] bool is_receiving() const override {
    // A body that stopped in its middle is not coming.
    return !waiting_.empty() || (content_.kind == Content::Kind::delivery &&
                                 context_.clock.now() - last_content_ < request_timeout_);
  }
  [[nodiscard]] std::size_t buffered() const override { return out_.size() - sent_; }
  void keep_alive() override;
  std::uint64_t begin_publish(const Route& route, const Properties& properties,
                              std::uint64_t body_size, bool mandatory) override;
  void append_body(std::string_view part) override;
  void settle(std::uint64_t delivery_tag, Settle how, bool multiple) override;
  QueueState declare_queue(const QueueDeclaration& queue) override;
  void declare_exchange(const ExchangeDeclaration& exchange) override;
  void bind(const Binding& binding) override;
  std::string consume(const Subscription& subscription) override;
  void cancel(const std::string& consumer_tag) override;
  void discard_deliveries() override { discards_deliveries_ = true; }
  bool close(const Deadline& deadline) noexcept override;
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const std::string& server() const override { return server_; }
  /// When TCP and TLS were done and AMQP began.
  [[nodiscard]] TimePoint connected_at() const noexcept { return connected_at_; }

 private:
  // What a content frame sequence (method, header, bodies) is collected into.
  struct Content {
    enum class Kind { none, delivery, returned } kind = Kind::none;
    Delivery delivery;
    Returned returned;
    std::string consumer_tag, exchange, routing_key;
    Properties properties;
    std::uint64_t size = 0;
    std::uint64_t received = 0;
    bool has_header = false;
    std::string body;  // only when it came in several frames
    std::shared_ptr<const BodyFile> file;
  };

  // Opening (rabbit_session_open.cpp).
  void open(const SessionOptions& options, const Deadline& deadline);
  void send_start_ok(const amqp_connection_start_t& start, const SessionOptions& options);
  void tune(const amqp_connection_tune_t& offer, const SessionOptions& options);
  void open_channel(const Deadline& deadline);

  // Frames.
  bool fill_input();
  std::optional<Event> handle(const amqp_frame_t& frame);
  std::optional<Event> handle_method(const amqp_frame_t& frame);
  void begin_content(Content::Kind kind);
  std::optional<Event> handle_content(const amqp_frame_t& frame);
  std::optional<Event> finish_content();
  static void point_delivery_at(Content& content);
  void keep_body(std::string_view fragment);
  void keep_for_later(Event event);
  Event closed_by_broker(const amqp_frame_t& frame);
  std::optional<Event> lost(Error error);
  std::optional<Event> step();
  bool ignore_unasked_reply();
  [[nodiscard]] TimePoint heartbeat_due() const;
  void service_heartbeat();
  void send_output();

  // Requests.
  void send_method(amqp_channel_t channel, amqp_method_number_t id, void* decoded);
  amqp_method_t await_method(amqp_method_number_t reply, const Deadline& deadline,
                             std::optional<Duration> patience = {});
  void require_channel() const;
  amqp_method_t request(amqp_method_number_t id, void* decoded, amqp_method_number_t reply);
  void receive(const Deadline& deadline);
  void throw_if_late(const Deadline& deadline, amqp_method_number_t awaited) const;
  bool wait_for_goodbye(const Deadline& deadline);

  const Context& context_;
  BrokerUrl url_;
  std::string name_;
  std::string server_;
  Duration request_timeout_;
  bool confirms_;
  bool large_bodies_in_files_;
  bool discards_deliveries_ = false;
  Transport transport_;
  std::unique_ptr<FrameEncoder> encoder_;

  std::string out_;  // bytes to send; the first sent_ of them are gone
  std::size_t sent_ = 0;
  FrameReader in_;
  bool input_drained_ = false;  // the last read left nothing: spare the one that would say so
  // A large body may come for a long time; deadlines and the stop signal matter meanwhile.
  static constexpr int kMostReads = 64;
  bool more_input_ = false;  // reading stopped though there may be more
  unsigned reads_ = 0;
  bool first_bytes_ = true;

  amqp_channel_t channel_ = 0;
  std::uint64_t sequence_ = 0;
  // The last basic.publish frame: many messages go the same way.
  struct {
    Route route;
    bool mandatory = false;
    std::string frame;
  } last_publish_;
  Content content_;
  UniqueFd body_file_;                  // of the delivery that is coming in
  std::optional<amqp_method_t> reply_;  // a synchronous reply that await_method() waits for
  // Events that came during a request; a delivery brings its content along.
  struct Waiting {
    Event event;
    std::unique_ptr<Content> content;
  };
  std::deque<Waiting> waiting_;
  std::unique_ptr<Content> kept_;  // what next() took from there
  bool opened_ = false;            // the broker has let us into the virtual host
  bool opens_channel_ = false;
  bool dead_ = false;  // nothing more can be sent or read

  Duration heartbeat_{};  // zero: none
  TimePoint connected_at_;
  TimePoint last_sent_;
  TimePoint last_received_;
  TimePoint last_content_;  // a part of a message
};

}  // namespace mscomm
