#pragma once

#include <amqp.h>
#include <amqp_framing.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mscomm {

/// What a broker may say at a point of the conversation, replies apart: messages only to consumers
/// that were begun, returns and confirms only of what was published, and each on its channel (AMQP
/// 0-9-1 §2.2, §4.2, classes channel and basic).
///
/// The checks throw Error{unreachable} for what is out of place: the connection is lost then, since
/// nobody knows what such a peer means by what follows. The channel that counts is the last one
/// that was opened.
class ConversationRules {
 public:
  static constexpr amqp_channel_t kChannel = 1;

  /// `peer` names the broker in messages.
  explicit ConversationRules(std::string peer) : peer_(std::move(peer)) {}

  // What this side has sent.

  /// channel.open
  void begin_channel();
  /// basic.consume; with an empty tag the broker's answer names the consumer.
  void begin_consumer(std::string tag);
  /// basic.publish; returns its sequence number, from 1.
  std::uint64_t count_publish(bool mandatory) noexcept {
    mandatory_ += mandatory ? 1U : 0U;
    return ++published_;
  }

  // What the broker has sent.

  void check_channel(const amqp_frame_t& frame) const {
    const bool is_about_connection =
        frame.frame_type == AMQP_FRAME_HEARTBEAT ||
        (frame.frame_type == AMQP_FRAME_METHOD &&
         frame.payload.method.id >> kClassBits == AMQP_CONNECTION_CLASS);
    if (frame.channel != (is_about_connection ? 0 : kChannel) ||
        (!is_about_connection && !has_channel_)) {
      refuse_channel(frame.channel);
    }
  }
  /// basic.consume-ok
  void note_consumer(std::string_view tag);
  /// basic.deliver and basic.cancel
  void check_consumer(std::string_view tag) {
    if (last_ >= consumers_.size() || consumers_[last_] != tag) {
      find_consumer(tag);
    }
  }
  /// basic.ack and basic.nack
  void check_confirm(std::uint64_t sequence) const;
  /// basic.return
  void check_return();
  /// A reply that is not the one that is `due`; with 0 none is.
  [[noreturn]] void refuse_reply(amqp_method_number_t got, amqp_method_number_t due) const;
  /// Throws; `what` completes "it sent ...".
  [[noreturn]] void refuse(std::string_view what) const;

 private:
  static constexpr unsigned kClassBits = 16;  // of a method's number, below its class

  [[noreturn]] void refuse_channel(amqp_channel_t channel) const;
  void find_consumer(std::string_view tag);

  std::string peer_;
  bool has_channel_ = false;
  std::vector<std::string> consumers_;  // those that ended, too: messages may be on their way
  std::size_t last_ = 0;                // of them that was asked for
  std::size_t unnamed_ = 0;
  std::uint64_t published_ = 0;
  std::uint64_t mandatory_ = 0;
  std::uint64_t returned_ = 0;
};

/// The specification's name of a method: "queue.declare-ok" for AMQP_QUEUE_DECLARE_OK_METHOD.
std::string specification_name(amqp_method_number_t method);

}  // namespace mscomm
