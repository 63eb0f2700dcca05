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

// More files could use up the descriptors that a process may have.
constexpr std::size_t kMostKeptFiles = 256;
// What may come during a request: the deliveries of a PrefetchWindow that has grown take no more.
constexpr std::size_t kMostKept = 32UL << 20U;
// The length of a turn. Half of what Ctrl-C may take, with the goodbye's kGrace.
constexpr Duration kTurn = std::chrono::milliseconds(20);

}  // namespace

BrokerConnection::BrokerConnection(const BrokerUrl& url, BodyPlace bodies, const Context& context,
                                   const Deadline& connect_deadline)
    : context_(context),
      name_(url.shown()),
      frames_(url, context, connect_deadline),
      rules_(name_),
      content_(name_, bodies, context.log) {}

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
    do {
      if (auto event = step()) {
        return event;
      }
    } while (pass_over_late_reply() || (read() && !turn_is_over()));
    reads_ = 0;
    frames_.check_heartbeats();
    if (!more_input_) {  // otherwise the caller has not settled its deliveries yet
      send();
    }
  } catch (const Error& error) {
    frames_.end();
    return Closed{error, false, 0, {}};
  }
  return std::nullopt;
}

// Reads once; false when nothing was there.
bool BrokerConnection::read() {
  more_input_ = frames_.read();
  if (more_input_ && reads_++ == 0) {
    turn_began_ = frames_.last_received();
  }
  return more_input_;
}

// By the time, too: to handle an event may take long, and a flood of them must not hold up a
// signal.
bool BrokerConnection::turn_is_over() const {
  return reads_ >= kMostReads || frames_.last_received() - turn_began_ >= kTurn;
}

void BrokerConnection::send() {
  // Beyond that, a peer that asks and does not read would only make the buffer grow.
  if (unanswered_flow_ && frames_.buffered() < kSendBuffer) {
    amqp_channel_flow_ok_t ok{*std::exchange(unanswered_flow_, std::nullopt) ? 1 : 0};
    frames_.append_method(kChannel, AMQP_CHANNEL_FLOW_OK_METHOD, &ok);
  }
  frames_.send();
}

std::optional<Event> BrokerConnection::next_kept() {
  auto [event, delivery, bytes] = std::move(kept_.front());
  kept_.pop_front();
  kept_bytes_ -= bytes;
  if (delivery) {
    kept_files_ -= delivery->file ? 1U : 0U;
    taken_ = std::move(delivery);
    return taken_->delivery;
  }
  return std::move(event);
}

// Copies a delivery, since its views are valid only until the next frame.
void BrokerConnection::keep_for_later(Event event) {
  std::unique_ptr<HeldDelivery> copy;
  auto bytes = sizeof(Kept);
  if (const auto* delivery = std::get_if<Delivery>(&event)) {
    if (discards_deliveries_) {
      return;
    }
    copy = content_.copy_of(*delivery);
    bytes += copy->memory();
    kept_files_ += copy->file ? 1U : 0U;
  } else if (const auto* returned = std::get_if<Returned>(&event)) {
    bytes += memory_of(returned->properties);
  }
  kept_bytes_ += bytes;
  if (kept_bytes_ > kMostKept) {
    throw Error(Exit::unreachable,
                fmt::format("the connection to {} was lost: more than {} MiB came before the "
                            "answer that was due",
                            name_, kMostKept >> 20U),
                copy ? "a smaller --prefetch lets less be on its way" : "");
  }
  kept_.push_back({std::move(event), std::move(copy), bytes});
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
  rules_.check_channel(frame);
  switch (frame.frame_type) {
    case AMQP_FRAME_METHOD:
      // §4.2.6: nothing of its channel stands inside a message. A channel that ends, ends.
      if (content_.is_unfinished() && frame.channel == kChannel &&
          frame.payload.method.id != AMQP_CHANNEL_CLOSE_METHOD) {
        rules_.refuse("a method inside an unfinished message");
      }
      return handle_method(frame.payload.method);
    case AMQP_FRAME_HEADER:
    case AMQP_FRAME_BODY:
      last_content_ = frames_.last_received();
      return content_.add(frame, kept_files_ < kMostKeptFiles);
    default:
      return std::nullopt;  // a heartbeat
  }
}

std::optional<Event> BrokerConnection::handle_method(const amqp_method_t& method) {
  switch (method.id) {
    case AMQP_BASIC_DELIVER_METHOD: {
      const auto& deliver = arguments_of<amqp_basic_deliver_t>(method);
      rules_.check_consumer(view_of(deliver.consumer_tag));
      last_content_ = frames_.last_received();
      content_.begin(deliver);
      return std::nullopt;
    }
    case AMQP_BASIC_RETURN_METHOD:
      rules_.check_return();
      last_content_ = frames_.last_received();
      content_.begin(arguments_of<amqp_basic_return_t>(method));
      return std::nullopt;
    case AMQP_BASIC_ACK_METHOD: {
      const auto& ack = arguments_of<amqp_basic_ack_t>(method);
      rules_.check_confirm(ack.delivery_tag);
      return Confirm{ack.delivery_tag, ack.multiple != 0, true};
    }
    case AMQP_BASIC_NACK_METHOD: {
      const auto& nack = arguments_of<amqp_basic_nack_t>(method);
      rules_.check_confirm(nack.delivery_tag);
      return Confirm{nack.delivery_tag, nack.multiple != 0, false};
    }
    case AMQP_BASIC_CANCEL_METHOD: {
      const auto tag = view_of(arguments_of<amqp_basic_cancel_t>(method).consumer_tag);
      rules_.check_consumer(tag);
      return Cancelled{std::string(tag)};
    }
    case AMQP_CHANNEL_FLOW_METHOD:
      return on_flow(arguments_of<amqp_channel_flow_t>(method).active != 0);
    case AMQP_CONNECTION_BLOCKED_METHOD:
      return Blocked{std::string(view_of(arguments_of<amqp_connection_blocked_t>(method).reason))};
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
      return Unblocked{};
    case AMQP_CHANNEL_CLOSE_METHOD:
      return on_channel_close(method);
    case AMQP_CONNECTION_CLOSE_METHOD:
      return on_connection_close(method);
    case AMQP_BASIC_CONSUME_OK_METHOD:
      rules_.note_consumer(view_of(arguments_of<amqp_basic_consume_ok_t>(method).consumer_tag));
      break;
    default:
      break;
  }
  reply_ = method;
  return std::nullopt;
}

// To a publisher it is the same as an alarm.
std::optional<Event> BrokerConnection::on_flow(bool active) {
  unanswered_flow_ = active;
  if (std::exchange(flows_, active) == active) {
    return std::nullopt;
  }
  return active ? Event(Unblocked{}) : Event(Blocked{"channel.flow"});
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

// Drops a reply that came after its request was given up. True when there was one: more frames may
// follow it.
bool BrokerConnection::pass_over_late_reply() {
  const auto method = std::exchange(reply_, std::nullopt);
  if (!method) {
    return false;
  }
  if (passed_over_.empty() || method->id != passed_over_.front()) {
    rules_.refuse_reply(method->id, 0);
  }
  passed_over_.pop_front();
  return true;
}

amqp_method_t BrokerConnection::await(amqp_method_number_t reply, const Deadline& deadline,
                                      std::optional<Duration> patience) {
  try {
    return await_next(reply, deadline, patience);
  } catch (const ChannelRefusal&) {
    throw;
  } catch (const std::exception& end) {
    pass_over(reply);
    const auto* error = dynamic_cast<const Error*>(&end);
    if (error != nullptr && error->reason() == Exit::unreachable) {
      frames_.end();  // what follows cannot be trusted
    }
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
  send();
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
    if (const auto method = std::exchange(reply_, std::nullopt)) {
      if (!passed_over_.empty() && method->id == passed_over_.front()) {
        passed_over_.pop_front();
        continue;
      }
      if (method->id == reply) {
        return *method;
      }
      rules_.refuse_reply(method->id, reply);
    }
    const auto until =
        patience ? deadline.min(Deadline(std::max(asked, last_content_) + *patience)) : deadline;
    receive(until);
    throw_if_late(until, reply);
  }
}

// Reads once. When all input is read, and at the end of a turn, checks heartbeats and sends the
// buffer; then waits for more input, unless there may be more already.
void BrokerConnection::receive(const Deadline& deadline) {
  if (read() && !turn_is_over()) {
    return;
  }
  reads_ = 0;
  frames_.check_heartbeats();
  send();
  const auto wake = more_input_ ? context_.clock.now() : frames_.heartbeat_due();
  wait_or_throw(frames_.fd(), frames_.events(), deadline.min(Deadline(wake)), context_.stop);
}

void BrokerConnection::throw_if_late(const Deadline& deadline, amqp_method_number_t awaited) const {
  if (deadline.passed(context_.clock.now())) {
    throw Error(
        Exit::timeout,
        fmt::format("{} did not send {} in time", name_, specification_name(awaited)),
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
  send();
  while (!frames_.has_ended()) {
    if (deadline.passed(context_.clock.now())) {
      return false;
    }
    if (auto event = step()) {
      keep_for_later(std::move(*event));
    } else if (const auto method = std::exchange(reply_, std::nullopt)) {
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
