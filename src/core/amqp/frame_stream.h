#pragma once

#include <amqp.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/amqp/broker_url.h"
#include "core/amqp/codec.h"
#include "core/amqp/frame_reader.h"
#include "core/amqp/transport.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Frames to and from a broker, buffered in both directions, and the heartbeats between them
/// (AMQP 0-9-1 §4.2). It never blocks once it is connected.
class FrameStream {
 public:
  /// Connects, and buffers the protocol header. Throws what Transport does.
  FrameStream(const BrokerUrl& url, const Context& context, const Deadline& connect_deadline);

  /// Applies the limits from connection.tune: the largest frame in bytes, and the heartbeat
  /// interval, zero for none.
  void set_limits(std::size_t frame_max, Duration heartbeat);

  // Sending: frames are buffered until send(). The functions throw what FrameEncoder does, and
  // nothing of a frame that cannot be encoded is buffered.
  void append_method(amqp_channel_t channel, amqp_method_number_t id, void* decoded) {
    encoder_.append_method(out_, channel, id, decoded);
  }
  /// The beginning of a message: its method, encoded by encode_method(), and its header.
  void append_content(std::string_view method_frame, amqp_channel_t channel,
                      std::uint64_t body_size, const Properties& properties);
  void append_body(amqp_channel_t channel, std::string_view part) {
    encoder_.append_body(out_, channel, part);
  }
  void encode_method(std::string& frame, amqp_channel_t channel, amqp_method_number_t id,
                     void* decoded) {
    encoder_.append_method(frame, channel, id, decoded);
  }
  /// Sends as much as goes without blocking. Throws Error{unreachable} when the connection is gone.
  void send();
  /// As send(), but leaves an error to a later read(), after all that the broker had sent before.
  void flush();
  /// flush() with a heartbeat if one is due, for a caller that does not read for a while.
  void keep_alive();
  [[nodiscard]] std::size_t buffered() const noexcept { return out_.size() - sent_; }

  // Receiving.
  /// FrameReader::next().
  bool next(amqp_frame_t& frame) { return in_.next(frame); }
  /// Reads once. False when nothing was there. Throws Error{unreachable} when the connection is
  /// gone and when the first bytes belong to another protocol.
  bool read();
  /// Buffers a heartbeat when one is due. Throws Error{unreachable} when nothing came from the
  /// broker for two heartbeat intervals.
  void check_heartbeats();

  // Waiting.
  [[nodiscard]] int fd() const noexcept { return transport_.fd(); }
  [[nodiscard]] short events() const { return transport_.events(buffered() > 0); }
  /// When check_heartbeats() must be called even if no input came.
  [[nodiscard]] TimePoint heartbeat_due() const;
  [[nodiscard]] TimePoint last_received() const noexcept { return last_received_; }

  /// Ends the stream: drops the buffer; nothing more is sent or read.
  void end();
  [[nodiscard]] bool has_ended() const noexcept { return ended_; }

 private:
  void refuse_other_protocol(char first_byte) const;

  const Clock& clock_;
  std::string name_;
  bool tls_;
  Transport transport_;
  FrameEncoder encoder_;
  std::string out_;  // bytes to send; the first sent_ of them are gone
  std::size_t sent_ = 0;
  FrameReader in_;
  bool first_bytes_ = true;
  bool input_drained_ = false;  // the last read took all: skip the next one
  bool ended_ = false;
  Duration heartbeat_{};  // zero: none
  TimePoint last_sent_;
  TimePoint last_received_;
};

}  // namespace mscomm
