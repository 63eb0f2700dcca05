#pragma once

#include <amqp.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "core/amqp/broker_url.h"
#include "core/amqp/content_assembler.h"
#include "core/amqp/conversation_rules.h"
#include "core/amqp/frame_stream.h"
#include "core/amqp/session.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// A connection with one channel. It sorts the broker's frames into events, which may come at any
/// time, and replies to requests, which await() waits for. Methods are sent through frames().
class BrokerConnection {
 public:
  static constexpr amqp_channel_t kChannel = ConversationRules::kChannel;

  /// Connects without a login. Throws what FrameStream does.
  BrokerConnection(const BrokerUrl& url, BodyPlace bodies, const Context& context,
                   const Deadline& connect_deadline);

  [[nodiscard]] FrameStream& frames() noexcept { return frames_; }
  [[nodiscard]] const FrameStream& frames() const noexcept { return frames_; }
  /// Is to be told of each channel, consumer and message that is sent.
  [[nodiscard]] ConversationRules& rules() noexcept { return rules_; }

  /// Session::next() and Session::wake_at().
  std::optional<Event> next();
  [[nodiscard]] TimePoint wake_at() const;
  /// Session::is_receiving(); a body that has stalled for `patience` does not count.
  [[nodiscard]] bool is_receiving(Duration patience) const;

  /// Sends the buffer and waits for the method `reply`, whose arguments are valid until the next
  /// call. Messages may arrive before the reply, so `patience` sets a second limit: the reply is
  /// late when neither it nor a part of a message has come for that long. Throws ChannelRefusal
  /// when the broker closes the open channel instead, Error and Interrupted as Session's requests
  /// do. A reply that comes after such an end is passed over.
  amqp_method_t await(amqp_method_number_t reply, const Deadline& deadline,
                      std::optional<Duration> patience = {});
  /// Says that this reply is due, too, and that nobody will wait for it.
  void pass_over(amqp_method_number_t reply) { passed_over_.push_back(reply); }
  /// Whether a reply that is passed over has not come.
  [[nodiscard]] bool awaits_late_reply() const noexcept { return !passed_over_.empty(); }
  /// Waits until none is missing. Throws as await().
  void await_late_replies(const Deadline& deadline);

  /// The caller sets it after opening the channel; it is reset when the broker closes the channel.
  void set_channel_open() noexcept { channel_open_ = true; }
  [[nodiscard]] bool is_channel_open() const noexcept { return channel_open_; }

  /// Session::discard_deliveries() and Session::close().
  void discard_deliveries();
  bool close(const Deadline& deadline) noexcept;

 private:
  std::optional<Event> step();
  std::optional<Event> handle(const amqp_frame_t& frame);
  std::optional<Event> handle_method(const amqp_method_t& method);
  std::optional<Event> on_flow(bool active);
  Event closed_with(int code, std::string_view text) const;
  Event on_connection_close(const amqp_method_t& method);
  Event on_channel_close(const amqp_method_t& method);
  std::optional<Event> next_kept();
  void keep_for_later(Event event);
  bool pass_over_late_reply();
  bool read();
  [[nodiscard]] bool turn_is_over() const;
  void send();
  amqp_method_t await_next(amqp_method_number_t reply, const Deadline& deadline,
                           std::optional<Duration> patience);
  void receive(const Deadline& deadline);
  void throw_if_late(const Deadline& deadline, amqp_method_number_t awaited) const;
  bool wait_for_goodbye(const Deadline& deadline);

  const Context& context_;
  std::string name_;
  FrameStream frames_;
  ConversationRules rules_;
  ContentAssembler content_;
  bool channel_open_ = false;
  bool discards_deliveries_ = false;
  std::optional<amqp_method_t> reply_;  // the one that await() waits for
  // The replies that come before it, to requests that nobody waits for any longer.
  std::deque<amqp_method_number_t> passed_over_;
  // Events that came during a request; a delivery brings its memory along.
  struct Kept {
    Event event;
    std::unique_ptr<HeldDelivery> delivery;
    std::size_t bytes = 0;
  };
  std::deque<Kept> kept_;
  std::size_t kept_bytes_ = 0;
  std::size_t kept_files_ = 0;
  std::unique_ptr<HeldDelivery> taken_;  // the kept delivery that next() returned last
  // A turn is what is read and handled before deadlines and the stop signal are checked.
  static constexpr int kMostReads = 64;
  bool more_input_ = false;  // the turn ended though there may be more
  int reads_ = 0;            // in this turn
  TimePoint turn_began_;
  TimePoint last_content_;  // when part of a message last came
  // channel.flow, of which RabbitMQ makes no use: the last one is answered once there is room.
  std::optional<bool> unanswered_flow_;
  bool flows_ = true;
};

}  // namespace mscomm
