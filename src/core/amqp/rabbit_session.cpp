#include "core/amqp/rabbit_session.h"

#include <amqp_framing.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/message/body_file.h"
#include "core/message/source.h"
#include "core/runtime/duration.h"
#include "core/runtime/poll.h"
#include "core/telemetry/context.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

// Deliveries that wait while a request is answered: more than that in files would take all the
// descriptors that a process may have.
constexpr std::size_t kMostWaitingFiles = 256;

template <class Method>
const Method& method_of(const amqp_method_t& method) {
  return *static_cast<const Method*>(method.decoded);
}

}  // namespace

RabbitSession::RabbitSession(const BrokerUrl& url, const SessionOptions& options,
                             const Context& context, const Deadline& connect_deadline)
    : context_(context),
      url_(url),
      name_(url.shown()),
      request_timeout_(options.request_timeout),
      confirms_(options.confirms),
      large_bodies_in_files_(options.large_bodies_in_files),
      transport_(url, connect_deadline, context.stop),
      in_(name_) {
  connected_at_ = last_sent_ = last_received_ = context.clock.now();
  open(options, connect_deadline);
}

RabbitSession::~RabbitSession() = default;

short RabbitSession::events() const { return transport_.events(buffered() > 0); }

TimePoint RabbitSession::wake_at() const {
  const bool has_more = (more_input_ && !dead_) || !waiting_.empty();
  return has_more ? context_.clock.now() : heartbeat_due();
}

TimePoint RabbitSession::heartbeat_due() const {
  if (heartbeat_ == Duration::zero() || dead_) {
    return TimePoint::max();
  }
  const auto dead = last_received_ + 2 * heartbeat_;
  // While bytes wait to be sent a heartbeat would only wait behind them.
  return buffered() > 0 ? dead : std::min(last_sent_ + heartbeat_ / 2, dead);
}

std::optional<Event> RabbitSession::next() {
  if (!waiting_.empty()) {
    auto [event, content] = std::move(waiting_.front());
    waiting_.pop_front();
    if (content) {
      kept_ = std::move(content);
      point_delivery_at(*kept_);
      kept_->delivery.body = kept_->body;
      return kept_->delivery;
    }
    return std::move(event);
  }
  if (dead_) {
    return std::nullopt;
  }
  try {
    more_input_ = false;
    for (int reads = 0; !more_input_; more_input_ = ++reads == kMostReads) {
      if (auto event = step()) {
        return event;
      }
      if (!ignore_unasked_reply() && !fill_input()) {
        break;
      }
    }
    service_heartbeat();
    if (!more_input_) {  // else the caller has not yet settled what it was given
      send_output();
    }
  } catch (const Error& error) {
    return lost(error);
  }
  return std::nullopt;
}

void RabbitSession::flush() {
  if (dead_) {
    return;
  }
  try {
    send_output();
  } catch (const Error&) {
    // What the broker said before it closed may still be unread; next() meets the error again
    // after it has read that.
    input_drained_ = false;
  }
}

void RabbitSession::keep_alive() {
  // Who calls this does not read for a while; then nobody knows what has come meanwhile.
  input_drained_ = false;
  if (heartbeat_ != Duration::zero() && buffered() == 0 &&
      context_.clock.now() - last_sent_ >= heartbeat_ / 2) {
    FrameEncoder::append_heartbeat(out_);
  }
  flush();
}

// An answer that came after its request had been given up, or a method that nobody asked for. True
// when there was one: there may be frames behind it.
bool RabbitSession::ignore_unasked_reply() {
  if (!reply_) {
    return false;
  }
  context_.log.debug("{} sent {}, which nothing waits for", name_, amqp_method_name(reply_->id));
  if (reply_->id == AMQP_CHANNEL_FLOW_METHOD) {
    amqp_channel_flow_ok_t ok{method_of<amqp_channel_flow_t>(*reply_).active};
    send_method(channel_, AMQP_CHANNEL_FLOW_OK_METHOD, &ok);
  }
  reply_.reset();
  return true;
}

// The next event in what has been read already; nothing when more input is needed or when a
// request's reply came.
std::optional<Event> RabbitSession::step() {
  amqp_frame_t frame{};
  while (!reply_ && in_.next(frame)) {
    if (auto event = handle(frame)) {
      return event;
    }
  }
  return std::nullopt;
}

bool RabbitSession::fill_input() {
  more_input_ = false;
  if (reply_) {
    return false;
  }
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
  last_received_ = context_.clock.now();
  input_drained_ = !url_.tls && got < room.size();
  if (first_bytes_) {
    first_bytes_ = false;
    constexpr char kTlsAlert = 0x15;
    if (room.front() == kTlsAlert) {
      throw Error(Exit::unreachable, fmt::format("cannot log in to {}: the port speaks TLS", name_),
                  "write amqps:// in the URL");
    }
    if (room.front() == 'H') {
      throw Error(Exit::unreachable,
                  fmt::format("cannot log in to {}: the port speaks HTTP", name_),
                  "the AMQP port is 5672 by default, 15672 is the management interface");
    }
  }
  return true;
}

void RabbitSession::service_heartbeat() {
  if (heartbeat_ == Duration::zero()) {
    return;
  }
  const auto now = context_.clock.now();
  if (now - last_received_ >= 2 * heartbeat_) {
    throw Error(Exit::unreachable,
                fmt::format("the connection to {} was lost: no sign of life for {}", name_,
                            format_duration(2 * heartbeat_)));
  }
  if (now - last_sent_ >= heartbeat_ / 2 && buffered() == 0) {
    FrameEncoder::append_heartbeat(out_);
  }
}

void RabbitSession::send_output() {
  while (buffered() > 0) {
    const auto sent = transport_.write(std::string_view(out_).substr(sent_));
    if (sent == 0) {
      break;
    }
    sent_ += sent;
    last_sent_ = context_.clock.now();
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

std::optional<Event> RabbitSession::lost(Error error) {
  dead_ = true;
  out_.clear();
  sent_ = 0;
  return Closed{std::move(error), false, 0, {}};
}

std::optional<Event> RabbitSession::handle(const amqp_frame_t& frame) {
  switch (frame.frame_type) {
    case AMQP_FRAME_METHOD:
      return handle_method(frame);
    case AMQP_FRAME_HEADER:
    case AMQP_FRAME_BODY:
      return handle_content(frame);
    default:
      return std::nullopt;  // a heartbeat
  }
}

std::optional<Event> RabbitSession::handle_method(const amqp_frame_t& frame) {
  const auto& method = frame.payload.method;
  switch (method.id) {
    case AMQP_BASIC_DELIVER_METHOD: {
      const auto& deliver = method_of<amqp_basic_deliver_t>(method);
      begin_content(Content::Kind::delivery);
      content_.consumer_tag.assign(view_of(deliver.consumer_tag));
      content_.exchange.assign(view_of(deliver.exchange));
      content_.routing_key.assign(view_of(deliver.routing_key));
      content_.delivery.delivery_tag = deliver.delivery_tag;
      content_.delivery.redelivered = deliver.redelivered != 0;
      return std::nullopt;
    }
    case AMQP_BASIC_RETURN_METHOD: {
      const auto& returned = method_of<amqp_basic_return_t>(method);
      begin_content(Content::Kind::returned);
      content_.returned.code = returned.reply_code;
      content_.returned.text.assign(view_of(returned.reply_text));
      content_.returned.route = {std::string(view_of(returned.exchange)),
                                 std::string(view_of(returned.routing_key))};
      return std::nullopt;
    }
    case AMQP_BASIC_ACK_METHOD: {
      const auto& ack = method_of<amqp_basic_ack_t>(method);
      return Confirm{ack.delivery_tag, ack.multiple != 0, true};
    }
    case AMQP_BASIC_NACK_METHOD: {
      const auto& nack = method_of<amqp_basic_nack_t>(method);
      return Confirm{nack.delivery_tag, nack.multiple != 0, false};
    }
    case AMQP_BASIC_CANCEL_METHOD:
      return Cancelled{std::string(view_of(method_of<amqp_basic_cancel_t>(method).consumer_tag))};
    case AMQP_CONNECTION_BLOCKED_METHOD:
      return Blocked{std::string(view_of(method_of<amqp_connection_blocked_t>(method).reason))};
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
      return Unblocked{};
    case AMQP_CHANNEL_CLOSE_METHOD:
    case AMQP_CONNECTION_CLOSE_METHOD:
      return closed_by_broker(frame);
    default:
      reply_ = method;
      return std::nullopt;
  }
}

void RabbitSession::begin_content(Content::Kind kind) {
  content_.kind = kind;
  last_content_ = last_received_;
  content_.has_header = false;
  content_.file.reset();
  body_file_.reset();
}

// Method, header and bodies follow each other without anything between them (§4.2.6).
std::optional<Event> RabbitSession::handle_content(const amqp_frame_t& frame) {
  const bool is_header = frame.frame_type == AMQP_FRAME_HEADER;
  if (content_.kind == Content::Kind::none || content_.has_header == is_header) {
    throw Error(Exit::unreachable,
                fmt::format("{} sent content that belongs to no message", name_));
  }
  if (is_header) {
    content_.has_header = true;
    const auto& header = frame.payload.properties;
    content_.size = header.body_size;
    content_.received = 0;
    last_content_ = last_received_;
    content_.body.clear();
    assign_properties(content_.properties,
                      *static_cast<const amqp_basic_properties_t*>(header.decoded));
    content_.delivery.body = {};
    return content_.size == 0 ? finish_content() : std::nullopt;
  }
  const auto fragment = view_of(frame.payload.body_fragment);
  content_.received += fragment.size();
  last_content_ = last_received_;
  if (content_.received > content_.size) {
    throw Error(Exit::unreachable, fmt::format("{} sent more of a message than it has", name_));
  }
  if (fragment.size() == content_.size) {
    content_.delivery.body = fragment;
    return finish_content();
  }
  if (content_.kind == Content::Kind::delivery) {
    keep_body(fragment);
  }
  if (content_.received < content_.size) {
    return std::nullopt;
  }
  content_.delivery.body = content_.body;
  return finish_content();
}

void RabbitSession::keep_body(std::string_view fragment) {
  if (discards_deliveries_) {
    return;
  }
  const bool begun = body_file_ || !content_.body.empty();
  const bool in_file = begun ? bool(body_file_) : waiting_.size() < kMostWaitingFiles;
  if (large_bodies_in_files_ && content_.size > kLargeBody && in_file) {
    try {
      if (!body_file_) {
        body_file_ = make_temporary_file();
      }
      write_all(body_file_.get(), fragment, "a temporary file");
      return;
    } catch (const Error& error) {
      // Nobody else can give what has come already.
      context_.log.warning("{}; large bodies are held in memory instead", error.what());
      large_bodies_in_files_ = false;
      if (body_file_) {
        content_.body = BodyFile(std::move(body_file_), 0, content_.received - fragment.size(),
                                 "a temporary file")
                            .read_all();
      }
    }
  }
  if (content_.body.empty()) {
    content_.body.reserve(std::min<std::uint64_t>(content_.size, kLargeBody));
  }
  content_.body += fragment;
}

std::optional<Event> RabbitSession::finish_content() {
  const auto kind = std::exchange(content_.kind, Content::Kind::none);
  if (kind == Content::Kind::delivery) {
    if (body_file_) {
      content_.file = std::make_shared<const BodyFile>(std::move(body_file_), 0, content_.size,
                                                       "a temporary file");
    }
    point_delivery_at(content_);
    return content_.delivery;
  }
  content_.returned.message_id = content_.properties.message_id;
  content_.returned.body_bytes = content_.size;
  return content_.returned;
}

void RabbitSession::point_delivery_at(Content& content) {
  content.delivery.consumer_tag = content.consumer_tag;
  content.delivery.exchange = content.exchange;
  content.delivery.routing_key = content.routing_key;
  content.delivery.properties = &content.properties;
  content.delivery.file = content.file.get();
}

}  // namespace mscomm
