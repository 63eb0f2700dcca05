// What a RabbitSession sends: messages, settlements, the requests that it waits for, and goodbyes.

#include <amqp.h>
#include <amqp_framing.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/amqp/broker_error.h"
#include "core/amqp/rabbit_session.h"
#include "core/runtime/poll.h"
#include "core/telemetry/context.h"

namespace mscomm {
namespace {

template <class Reply>
const Reply& reply_as(const amqp_method_t& method) {
  return *static_cast<const Reply*>(method.decoded);
}

// A consumer is stopped when the command is over, which is when its deadline may have passed.
constexpr Duration kCancelTimeout = std::chrono::seconds(5);

amqp_boolean_t flag(bool value) { return value ? 1 : 0; }

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

void RabbitSession::send_method(amqp_channel_t channel, amqp_method_number_t id, void* decoded) {
  encoder_->append_method(out_, channel, id, decoded);
}

std::uint64_t RabbitSession::begin_publish(const Route& route, const Properties& properties,
                                           std::uint64_t body_size, bool mandatory) {
  auto& last = last_publish_;
  if (last.frame.empty() || last.mandatory != mandatory || last.route != route) {
    amqp_basic_publish_t publish{};
    publish.exchange = bytes_of(route.exchange);
    publish.routing_key = bytes_of(route.routing_key);
    publish.mandatory = mandatory ? 1 : 0;
    last.frame.clear();
    encoder_->append_method(last.frame, channel_, AMQP_BASIC_PUBLISH_METHOD, &publish);
    last.route = route;
    last.mandatory = mandatory;
  }
  const auto mark = out_.size();
  out_ += last.frame;
  try {
    encoder_->append_content_header(out_, channel_, body_size, properties);
  } catch (const Error&) {
    // Half a message would make the broker close the connection (505).
    out_.resize(mark);
    throw;
  }
  return ++sequence_;
}

void RabbitSession::append_body(std::string_view part) {
  encoder_->append_body(out_, channel_, part);
}

void RabbitSession::settle(std::uint64_t delivery_tag, Settle how, bool multiple) {
  if (channel_ == 0) {
    return;  // closing the channel has given everything back already
  }
  if (how == Settle::ack) {
    amqp_basic_ack_t ack{delivery_tag, multiple ? 1 : 0};
    send_method(channel_, AMQP_BASIC_ACK_METHOD, &ack);
    return;
  }
  // basic.nack and not basic.reject: from RabbitMQ 4.3 on, reject counts as a delivery attempt.
  amqp_basic_nack_t nack{delivery_tag, multiple ? 1 : 0, how == Settle::requeue ? 1 : 0};
  send_method(channel_, AMQP_BASIC_NACK_METHOD, &nack);
}

// Reads what there is. When that was all, or much, looks after everything else and waits for more;
// it does not wait when there may be more already.
void RabbitSession::receive(const Deadline& deadline) {
  more_input_ = fill_input();
  if (more_input_ && ++reads_ % kMostReads != 0) {
    return;
  }
  service_heartbeat();
  send_output();
  const auto wake = more_input_ ? context_.clock.now() : heartbeat_due();
  wait_or_throw(fd(), events(), deadline.min(Deadline(wake)), context_.stop);
}

void RabbitSession::throw_if_late(const Deadline& deadline, amqp_method_number_t awaited) const {
  if (deadline.passed(context_.clock.now())) {
    throw Error(
        Exit::timeout,
        fmt::format("{} did not send {} in time", name_,
                    specification_name(amqp_method_name(awaited))),
        "the broker may be overloaded, blocked by an alarm, or without a majority of nodes");
  }
}

// With `patience` the deadline is not the only one: the answer may stand behind messages, so it
// is late when that much time has passed since anything of one came.
amqp_method_t RabbitSession::await_method(amqp_method_number_t reply, const Deadline& deadline,
                                          std::optional<Duration> patience) {
  if (dead_) {
    throw Error(Exit::unreachable, fmt::format("the connection to {} is closed", name_));
  }
  const auto asked = context_.clock.now();
  send_output();
  for (;;) {
    if (auto event = step()) {
      if (auto* closed = std::get_if<Closed>(&*event)) {
        if (closed->by_broker && !dead_ && !opens_channel_) {
          ChannelRefusal refusal(closed->error, closed->code, closed->text);
          open_channel(patience ? deadline.min(Deadline(context_.clock.now() + *patience))
                                : deadline);
          throw refusal;
        }
        throw closed->error;
      }
      keep_for_later(std::move(*event));
      continue;
    }
    if (reply_) {
      const auto method = *reply_;
      reply_.reset();
      if (method.id == reply) {
        return method;
      }
      throw Error(Exit::internal, fmt::format("{} answered {} where {} was due", name_,
                                              specification_name(amqp_method_name(method.id)),
                                              specification_name(amqp_method_name(reply))));
    }
    const auto until =
        patience ? deadline.min(Deadline(std::max(asked, last_content_) + *patience)) : deadline;
    receive(until);
    throw_if_late(until, reply);
  }
}

void RabbitSession::require_channel() const {
  if (channel_ == 0) {
    throw Error(Exit::unreachable, fmt::format("the channel to {} is closed", name_));
  }
}

amqp_method_t RabbitSession::request(amqp_method_number_t id, void* decoded,
                                     amqp_method_number_t reply) {
  require_channel();
  send_method(channel_, id, decoded);
  return await_method(reply, context_.deadline, request_timeout_);
}

// A delivery's views end with the next frame, so it is copied.
void RabbitSession::keep_for_later(Event event) {
  std::unique_ptr<Content> content;
  if (const auto* delivery = std::get_if<Delivery>(&event)) {
    if (discards_deliveries_) {
      return;
    }
    content_.body.assign(delivery->body);
    content = std::make_unique<Content>(content_);
  }
  waiting_.push_back({std::move(event), std::move(content)});
}

QueueState RabbitSession::declare_queue(const QueueDeclaration& queue) {
  const EncodedTable arguments(queue.arguments);
  amqp_queue_declare_t declare{};
  declare.queue = bytes_of(queue.name);
  declare.passive = flag(queue.passive);
  declare.durable = flag(queue.durable);
  declare.exclusive = flag(queue.exclusive);
  declare.auto_delete = flag(queue.auto_delete);
  declare.arguments = arguments.get();
  const auto method = request(AMQP_QUEUE_DECLARE_METHOD, &declare, AMQP_QUEUE_DECLARE_OK_METHOD);
  const auto& ok = reply_as<amqp_queue_declare_ok_t>(method);
  return {std::string(view_of(ok.queue)), ok.message_count, ok.consumer_count};
}

void RabbitSession::declare_exchange(const ExchangeDeclaration& exchange) {
  const EncodedTable arguments(exchange.arguments);
  amqp_exchange_declare_t declare{};
  declare.exchange = bytes_of(exchange.name);
  declare.type = bytes_of(exchange.type);
  declare.passive = flag(exchange.passive);
  declare.durable = flag(exchange.durable);
  declare.auto_delete = flag(exchange.auto_delete);
  declare.arguments = arguments.get();
  request(AMQP_EXCHANGE_DECLARE_METHOD, &declare, AMQP_EXCHANGE_DECLARE_OK_METHOD);
}

void RabbitSession::bind(const Binding& binding) {
  const EncodedTable arguments(binding.arguments);
  amqp_queue_bind_t bind{};
  bind.queue = bytes_of(binding.queue);
  bind.exchange = bytes_of(binding.exchange);
  bind.routing_key = bytes_of(binding.routing_key);
  bind.arguments = arguments.get();
  request(AMQP_QUEUE_BIND_METHOD, &bind, AMQP_QUEUE_BIND_OK_METHOD);
}

std::string RabbitSession::consume(const Subscription& subscription) {
  require_channel();
  const EncodedTable arguments(subscription.arguments);
  amqp_basic_qos_t qos{};
  qos.prefetch_count = subscription.prefetch;
  amqp_basic_consume_t consume{};
  consume.queue = bytes_of(subscription.queue);
  consume.exclusive = flag(subscription.exclusive);
  consume.no_ack = flag(subscription.no_ack);
  consume.arguments = arguments.get();
  // Both leave in one write.
  send_method(channel_, AMQP_BASIC_QOS_METHOD, &qos);
  send_method(channel_, AMQP_BASIC_CONSUME_METHOD, &consume);
  await_method(AMQP_BASIC_QOS_OK_METHOD, context_.deadline, request_timeout_);
  const auto method =
      await_method(AMQP_BASIC_CONSUME_OK_METHOD, context_.deadline, request_timeout_);
  return std::string(view_of(reply_as<amqp_basic_consume_ok_t>(method).consumer_tag));
}

void RabbitSession::cancel(const std::string& consumer_tag) {
  if (channel_ == 0) {
    return;  // with its channel the consumer ended
  }
  amqp_basic_cancel_t cancel{};
  cancel.consumer_tag = bytes_of(consumer_tag);
  send_method(channel_, AMQP_BASIC_CANCEL_METHOD, &cancel);
  await_method(AMQP_BASIC_CANCEL_OK_METHOD,
               Deadline(context_.clock.now() + std::min(request_timeout_, kCancelTimeout)));
}

// The broker closes the connection or the channel, and is answered.
Event RabbitSession::closed_by_broker(const amqp_frame_t& frame) {
  const auto closed_with = [this](int code, std::string_view text) {
    auto error = broker_error(code, text);
    if (code == AMQP_CONNECTION_FORCED) {
      // Its text is whatever somebody gave as a reason.
      error.add_context(name_ + " closed the connection");
    }
    return Closed{error, true, code, std::string(text)};
  };
  const auto& method = frame.payload.method;
  content_.kind = Content::Kind::none;
  if (method.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto& close = *static_cast<const amqp_connection_close_t*>(method.decoded);
    auto closed = closed_with(close.reply_code, view_of(close.reply_text));
    amqp_connection_close_ok_t ok{};
    send_method(0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok);
    flush();
    dead_ = true;
    return closed;
  }
  const auto& close = *static_cast<const amqp_channel_close_t*>(method.decoded);
  auto closed = closed_with(close.reply_code, view_of(close.reply_text));
  amqp_channel_close_ok_t ok{};
  send_method(channel_, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok);
  channel_ = 0;
  return closed;
}

bool RabbitSession::close(const Deadline& deadline) noexcept {
  bool answered = false;
  if (dead_) {
    return answered;
  }
  try {
    amqp_connection_close_t close{};
    close.reply_code = AMQP_REPLY_SUCCESS;
    close.reply_text = bytes_of("goodbye");
    send_method(0, AMQP_CONNECTION_CLOSE_METHOD, &close);
    answered = wait_for_goodbye(deadline);
  } catch (const std::exception&) {
    // The connection is gone before the answer came, which is what `false` says.
  }
  dead_ = true;
  return answered;
}

bool RabbitSession::wait_for_goodbye(const Deadline& deadline) {
  send_output();
  while (!dead_) {
    if (deadline.passed(context_.clock.now())) {
      return false;
    }
    if (auto event = step()) {
      keep_for_later(std::move(*event));
      continue;
    }
    if (reply_) {
      const auto id = reply_->id;
      reply_.reset();
      if (id == AMQP_CONNECTION_CLOSE_OK_METHOD) {
        return true;
      }
      continue;
    }
    receive(deadline);
  }
  return false;
}

}  // namespace mscomm
