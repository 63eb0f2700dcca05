#include "core/amqp/frame_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/runtime/duration.h"

namespace mscomm {
namespace {

constexpr std::size_t kFrameMaxBeforeTuning = 131072;  // what RabbitMQ offers by default
constexpr std::string_view kProtocolHeader("AMQP\0\0\x09\x01", 8);

}  // namespace

FrameStream::FrameStream(const BrokerUrl& url, const Context& context,
                         const Deadline& connect_deadline)
    : clock_(context.clock),
      name_(url.shown()),
      tls_(url.tls),
      transport_(url, connect_deadline, context.stop),
      encoder_(kFrameMaxBeforeTuning),
      out_(kProtocolHeader),
      in_(name_) {
  last_sent_ = last_received_ = clock_.now();
}

void FrameStream::set_limits(std::size_t frame_max, Duration heartbeat) {
  in_.set_frame_max(frame_max);
  encoder_ = FrameEncoder(frame_max);
  heartbeat_ = heartbeat;
}

void FrameStream::append_content(std::string_view method_frame, amqp_channel_t channel,
                                 std::uint64_t body_size, const Properties& properties) {
  const auto mark = out_.size();
  out_ += method_frame;
  try {
    encoder_.append_content_header(out_, channel, body_size, properties);
  } catch (const Error&) {
    // Half a message would make the broker close the connection (505).
    out_.resize(mark);
    throw;
  }
}

void FrameStream::send() {
  while (buffered() > 0) {
    const auto sent = transport_.write(std::string_view(out_).substr(sent_));
    if (sent == 0) {
      break;
    }
    sent_ += sent;
    last_sent_ = clock_.now();
  }
  constexpr std::size_t kWorthMoving = 1UL << 20U;
  if (buffered() == 0) {
    out_.clear();
    sent_ = 0;
  } else if (sent_ > kWorthMoving && sent_ > buffered()) {
    out_.erase(0, sent_);
    sent_ = 0;
  }
}

void FrameStream::flush() {
  if (ended_) {
    return;
  }
  try {
    send();
  } catch (const Error&) {
    // The broker's close method may still be unread; read() gets it first and then meets the error
    // again.
    input_drained_ = false;
  }
}

void FrameStream::keep_alive() {
  // The caller does not read for a while, so input may have come since the last read.
  input_drained_ = false;
  if (heartbeat_ != Duration::zero() && buffered() == 0 &&
      clock_.now() - last_sent_ >= heartbeat_ / 2) {
    FrameEncoder::append_heartbeat(out_);
  }
  flush();
}

bool FrameStream::read() {
  if (input_drained_) {
    input_drained_ = false;
    return false;
  }
  const auto room = in_.room();
  const auto got = transport_.read(room);
  if (got == 0) {
    return false;
  }
  in_.add(got);
  last_received_ = clock_.now();
  input_drained_ = !tls_ && got < room.size();
  if (first_bytes_) {
    first_bytes_ = false;
    refuse_other_protocol(room.front());
  }
  return true;
}

void FrameStream::refuse_other_protocol(char first_byte) const {
  constexpr char kTlsAlert = 0x15;
  if (first_byte == kTlsAlert) {
    throw Error(Exit::unreachable, fmt::format("cannot log in to {}: the port speaks TLS", name_),
                "write amqps:// in the URL");
  }
  if (first_byte == 'H') {
    throw Error(Exit::unreachable, fmt::format("cannot log in to {}: the port speaks HTTP", name_),
                "the AMQP port is 5672 by default, 15672 is the management interface");
  }
}

void FrameStream::check_heartbeats() {
  if (heartbeat_ == Duration::zero()) {
    return;
  }
  const auto now = clock_.now();
  if (now - last_received_ >= 2 * heartbeat_) {
    throw Error(Exit::unreachable,
                fmt::format("the connection to {} was lost: no sign of life for {}", name_,
                            format_duration(2 * heartbeat_)));
  }
  if (now - last_sent_ >= heartbeat_ / 2 && buffered() == 0) {
    FrameEncoder::append_heartbeat(out_);
  }
}

TimePoint FrameStream::heartbeat_due() const {
  if (heartbeat_ == Duration::zero() || ended_) {
    return TimePoint::max();
  }
  const auto dead = last_received_ + 2 * heartbeat_;
  // While bytes wait to be sent a heartbeat would only wait behind them.
  return buffered() > 0 ? dead : std::min(last_sent_ + heartbeat_ / 2, dead);
}

void FrameStream::end() {
  ended_ = true;
  out_.clear();
  sent_ = 0;
}

}  // namespace mscomm
