#include "core/amqp/broker_connection.h"

#include <amqp_framing.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/amqp/broker_error.h"
#include "core/amqp/codec.h"
#include "core/runtime/poll.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

// Once this many events are kept during a request, large bodies go to memory: more files could use
// up the descriptors that a process may have.
constexpr std::size_t kMostKeptFiles = 256;

// "queue.declare-ok" for AMQP_QUEUE_DECLARE_OK_METHOD.
std::string specification_name(const char* constant) {
  std::string name(constant);
  for (const std::string_view affix : {"AMQP_", "_METHOD"}) {
    if (const auto at = name.find(affix); at != std::string::npos) {
      name.erase(at, affix.size());
    }
  }
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return static_cast<char>(c == '_' ? '-' : std::tolower(c));
  });
  if (const auto dash = name.find('-'); dash != std::string::npos) {
    name[dash] = '.';
  }
  return name;
}

}  // namespace

BrokerConnection::BrokerConnection(const BrokerUrl& url, bool large_bodies_in_files,
                                   const Context& context, const Deadline& connect_deadline)
    : context_(context),
      name_(url.shown()),
      frames_(url, context, connect_deadline),
      content_(name_, large_bodies_in_files, context.log) {}

TimePoint BrokerConnection::wake_at() const {
  const bool has_more = (more_input_ && !frames_.has_ended()) || !kept_.empty();
  return has_more ? context_.clock.now() : frames_.heartbeat_due();
}

bool BrokerConnection::is_receiving(Duration patience) const {
  return !kept_.empty() ||
         (content_.is_in_delivery() && context_.clock.now() - last_content_ < patience);
}

std::optional<Event> BrokerConnection::next() {
  if (!kept_.empty()) {
    return next_kept();
  }
  if (frames_.has_ended()) {
    return std::nullopt;
  }
  try {
    more_input_ = false;
    for (int reads = 0; !more_input_; more_input_ = ++reads == kMostReads) {
      if (auto event = step()) {
        return event;
      }
      if (!ignore_unasked_reply() && !frames_.read()) {
        break;
      }
    }
    frames_.check_heartbeats();
    if (!more_input_) {  // otherwise the caller has not settled its deliveries yet
      frames_.send();
    }
  } catch (const Error& error) {
    frames_.end();
    return Closed{error, false, 0, {}};
  }
  return std::nullopt;
}

std::optional<Event> BrokerConnection::next_kept() {
  auto [event, delivery] = std::move(kept_.front());
  kept_.pop_front();
  if (delivery) {
    taken_ = std::move(delivery);
    return taken_->delivery;
  }
  return std::move(event);
}

// Copies a delivery, since its views are valid only until the next frame.
void BrokerConnection::keep_for_later(Event event) {
  std::unique_ptr<HeldDelivery> copy;
  if (const auto* delivery = std::get_if<Delivery>(&event)) {
    if (discards_deliveries_) {
      return;
    }
    copy = content_.copy_of(*delivery);
  }
  kept_.push_back({std::move(event), std::move(copy)});
}

void BrokerConnection::discard_deliveries() {
  discards_deliveries_ = true;
  content_.discard_bodies();
}

// The next event in the input read so far; nothing when more input is needed or a reply came.
std::optional<Event> BrokerConnection::step() {
  amqp_frame_t frame{};
  while (!reply_ && frames_.next(frame)) {
    if (auto event = handle(frame)) {
      return event;
    }
  }
  return std::nullopt;
}

std::optional<Event> BrokerConnection::handle(const amqp_frame_t& frame) {
  switch (frame.frame_type) {
    case AMQP_FRAME_METHOD:
      return handle_method(frame.payload.method);
    case AMQP_FRAME_HEADER:
    case AMQP_FRAME_BODY:
      last_content_ = frames_.last_received();
      return content_.add(frame, kept_.size() < kMostKeptFiles);
    default:
      return std::nullopt;  // a heartbeat
  }
}

std::optional<Event> BrokerConnection::handle_method(const amqp_method_t& method) {
  switch (method.id) {
    case AMQP_BASIC_DELIVER_METHOD:
      last_content_ = frames_.last_received();
      content_.begin(arguments_of<amqp_basic_deliver_t>(method));
      return std::nullopt;
    case AMQP_BASIC_RETURN_METHOD:
      last_content_ = frames_.last_received();
      content_.begin(arguments_of<amqp_basic_return_t>(method));
      return std::nullopt;
    case AMQP_BASIC_ACK_METHOD: {
      const auto& ack = arguments_of<amqp_basic_ack_t>(method);
      return Confirm{ack.delivery_tag, ack.multiple != 0, true};
    }
    case AMQP_BASIC_NACK_METHOD: {
      const auto& nack = arguments_of<amqp_basic_nack_t>(method);
      return Confirm{nack.delivery_tag, nack.multiple != 0, false};
    }
    case AMQP_BASIC_CANCEL_METHOD:
      return Cancelled{
          std::string(view_of(arguments_of<amqp_basic_cancel_t>(method).consumer_tag))};
    case AMQP_CONNECTION_BLOCKED_METHOD:
      return Blocked{std::string(view_of(arguments_of<amqp_connection_blocked_t>(method).reason))};
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
      return Unblocked{};
    case AMQP_CHANNEL_CLOSE_METHOD:
      return on_channel_close(method);
    case AMQP_CONNECTION_CLOSE_METHOD:
      return on_connection_close(method);
    default:
      reply_ = method;
      return std::nullopt;
  }
}

Event BrokerConnection::closed_with(int code, std::string_view text) const {
  auto error = broker_error(code, text);
  if (code == AMQP_CONNECTION_FORCED) {
    // The text is free-form: the reason that an operator gave.
    error.add_context(name_ + " closed the connection");
  }
  return Closed{std::move(error), true, code, std::string(text)};
}

Event BrokerConnection::on_connection_close(const amqp_method_t& method) {
  const auto& close = arguments_of<amqp_connection_close_t>(method);
  auto closed = closed_with(close.reply_code, view_of(close.reply_text));
  amqp_connection_close_ok_t ok{};
  frames_.append_method(0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok);
  frames_.flush();
  frames_.end();
  content_.abandon();
  return closed;
}

Event BrokerConnection::on_channel_close(const amqp_method_t& method) {
  const auto& close = arguments_of<amqp_channel_close_t>(method);
  auto closed = closed_with(close.reply_code, view_of(close.reply_text));
  amqp_channel_close_ok_t ok{};
  frames_.append_method(kChannel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok);
  channel_open_ = false;
  passed_over_.clear();
  content_.abandon();
  return closed;
}

// Drops a reply that came after its request was given up, or a method that nobody asked for. True
// when there was one: more frames may follow it.
bool BrokerConnection::ignore_unasked_reply() {
  const auto method = take_reply();
  if (!method) {
    return false;
  }
  if (!passed_over_.empty() && method->id == passed_over_.front()) {
    passed_over_.pop_front();
  }
  context_.log.debug("{} sent {}, which nothing waits for", name_, amqp_method_name(method->id));
  if (method->id == AMQP_CHANNEL_FLOW_METHOD) {
    amqp_channel_flow_ok_t ok{arguments_of<amqp_channel_flow_t>(*method).active};
    frames_.append_method(kChannel, AMQP_CHANNEL_FLOW_OK_METHOD, &ok);
  }
  return true;
}

std::optional<amqp_method_t> BrokerConnection::take_reply() {
  return std::exchange(reply_, std::nullopt);
}

amqp_method_t BrokerConnection::await(amqp_method_number_t reply, const Deadline& deadline,
                                      std::optional<Duration> patience) {
  try {
    return await_next(reply, deadline, patience);
  } catch (const ChannelRefusal&) {
    throw;
  } catch (...) {
    pass_over(reply);
    throw;
  }
}

void BrokerConnection::await_late_replies(const Deadline& deadline) {
  while (!passed_over_.empty()) {
    const auto reply = passed_over_.front();
    passed_over_.pop_front();
    try {
      await_next(reply, deadline, {});
    } catch (const ChannelRefusal&) {
      throw;
    } catch (...) {
      passed_over_.push_front(reply);
      throw;
    }
  }
}

amqp_method_t BrokerConnection::await_next(amqp_method_number_t reply, const Deadline& deadline,
                                           std::optional<Duration> patience) {
  if (frames_.has_ended()) {
    throw Error(Exit::unreachable, fmt::format("the connection to {} is closed", name_));
  }
  const auto asked = context_.clock.now();
  frames_.send();
  for (;;) {
    const bool had_channel = channel_open_;
    if (auto event = step()) {
      if (const auto* closed = std::get_if<Closed>(&*event)) {
        if (had_channel && !frames_.has_ended()) {
          throw ChannelRefusal(closed->error, closed->code, closed->text);
        }
        throw closed->error;
      }
      keep_for_later(std::move(*event));
      continue;
    }
    if (const auto method = take_reply()) {
      if (!passed_over_.empty() && method->id == passed_over_.front()) {
        passed_over_.pop_front();
        continue;
      }
      if (method->id == reply) {
        return *method;
      }
      throw Error(Exit::internal, fmt::format("{} answered {} where {} was due", name_,
                                              specification_name(amqp_method_name(method->id)),
                                              specification_name(amqp_method_name(reply))));
    }
    const auto until =
        patience ? deadline.min(Deadline(std::max(asked, last_content_) + *patience)) : deadline;
    receive(until);
    throw_if_late(until, reply);
  }
}

// Reads once. When all input is read, or after every kMostReads reads, checks heartbeats and sends
// the buffer; then waits for more input, unless there may be more already.
void BrokerConnection::receive(const Deadline& deadline) {
  more_input_ = frames_.read();
  if (more_input_ && ++reads_ % kMostReads != 0) {
    return;
  }
  frames_.check_heartbeats();
  frames_.send();
  const auto wake = more_input_ ? context_.clock.now() : frames_.heartbeat_due();
  wait_or_throw(frames_.fd(), frames_.events(), deadline.min(Deadline(wake)), context_.stop);
}

void BrokerConnection::throw_if_late(const Deadline& deadline, amqp_method_number_t awaited) const {
  if (deadline.passed(context_.clock.now())) {
    throw Error(
        Exit::timeout,
        fmt::format("{} did not send {} in time", name_,
                    specification_name(amqp_method_name(awaited))),
        "the broker may be overloaded, blocked by an alarm, or without a majority of nodes");
  }
}

bool BrokerConnection::close(const Deadline& deadline) noexcept {
  bool answered = false;
  if (frames_.has_ended()) {
    return answered;
  }
  try {
    amqp_connection_close_t close{};
    close.reply_code = AMQP_REPLY_SUCCESS;
    close.reply_text = bytes_of("goodbye");
    frames_.append_method(0, AMQP_CONNECTION_CLOSE_METHOD, &close);
    answered = wait_for_goodbye(deadline);
  } catch (const std::exception&) {
    // The connection was lost before the answer came; the result says so.
  }
  frames_.end();
  return answered;
}

bool BrokerConnection::wait_for_goodbye(const Deadline& deadline) {
  frames_.send();
  while (!frames_.has_ended()) {
    if (deadline.passed(context_.clock.now())) {
      return false;
    }
    if (auto event = step()) {
      keep_for_later(std::move(*event));
    } else if (const auto method = take_reply()) {
      if (method->id == AMQP_CONNECTION_CLOSE_OK_METHOD) {
        return true;
      }
    } else {
      receive(deadline);
    }
  }
  return false;
}

}  // namespace mscomm
