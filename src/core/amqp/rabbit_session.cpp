#include "core/amqp/rabbit_session.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/amqp/codec.h"
#include "core/amqp/login.h"
#include "core/telemetry/step_names.h"

namespace mscomm {
namespace {

// For stopping a consumer at the end of a command, when its deadline may have passed already.
constexpr Duration kCancelTimeout = std::chrono::seconds(5);

amqp_boolean_t flag(bool value) { return value ? 1 : 0; }

}  // namespace

RabbitSession::RabbitSession(const BrokerUrl& url, const SessionOptions& options,
                             const Context& context, const Deadline& connect_deadline)
    : context_(context),
      broker_(url),
      name_(url.shown()),
      request_timeout_(options.request_timeout),
      confirms_(options.confirms),
      connection_(url, options.bodies, context, connect_deadline),
      connected_at_(context.clock.now()) {
  try {
    log_in(url, options, connect_deadline);
  } catch (Error& error) {
    if (error.reason() == Exit::timeout) {
      throw Error(Exit::timeout, fmt::format("cannot log in to {}: no answer in time", name_),
                  "is this the broker's AMQP port, and is the broker up?");
    }
    if (std::string_view(error.what()).find(name_) != std::string_view::npos) {
      error.add_hint("is this the broker's AMQP port?");
    } else {
      error.add_context(fmt::format("cannot log in to {}", name_));
    }
    throw;
  }
}

void RabbitSession::log_in(const BrokerUrl& url, const SessionOptions& options,
                           const Deadline& deadline) {
  const auto start = connection_.await(AMQP_CONNECTION_START_METHOD, deadline);
  const auto& greeting = arguments_of<amqp_connection_start_t>(start);
  version_ = broker_version(greeting);
  if (options.greeting_only) {
    frames().end();  // before a login the protocol knows no goodbye (§2.2.4)
    return;
  }
  answer_start(frames(), greeting, url, options.connection_name);
  const auto offer = connection_.await(AMQP_CONNECTION_TUNE_METHOD, deadline);
  answer_tune(frames(), arguments_of<amqp_connection_tune_t>(offer), url,
              options.heartbeat_seconds);
  amqp_connection_open_t vhost{};
  vhost.virtual_host = bytes_of(url.vhost);
  frames().append_method(0, AMQP_CONNECTION_OPEN_METHOD, &vhost);
  // channel.open leaves in the same write as connection.open, which saves a round trip.
  send_channel_open();
  connection_.await(AMQP_CONNECTION_OPEN_OK_METHOD, deadline);
  await_channel_open(deadline);
  const auto server = version_.name();
  context_.observer.tell(
      {.name = steps::kConnectionOpened, .target = name_, .fields = {{"server", server}}},
      "connected to {} ({})", name_, server);
}

void RabbitSession::send_channel_open() {
  connection_.rules().begin_channel();
  amqp_channel_open_t channel{};
  send(AMQP_CHANNEL_OPEN_METHOD, &channel);
  if (confirms_) {
    amqp_confirm_select_t confirm{};
    send(AMQP_CONFIRM_SELECT_METHOD, &confirm);
  }
}

void RabbitSession::await_channel_open(const Deadline& deadline) {
  std::vector<amqp_method_number_t> replies{AMQP_CHANNEL_OPEN_OK_METHOD};
  if (confirms_) {
    replies.push_back(AMQP_CONFIRM_SELECT_OK_METHOD);
  }
  await_each(replies, deadline);
  connection_.set_channel_open();
}

void RabbitSession::require_channel() const {
  if (!connection_.is_channel_open()) {
    throw Error(Exit::unreachable, fmt::format("the channel to {} is closed", name_));
  }
}

void RabbitSession::send(amqp_method_number_t id, void* decoded) {
  frames().append_method(BrokerConnection::kChannel, id, decoded);
}

// Opens another channel after a refusal, so that another request may follow.
amqp_method_t RabbitSession::await(amqp_method_number_t reply, const Deadline& deadline,
                                   std::optional<Duration> patience) {
  try {
    return connection_.await(reply, deadline, patience);
  } catch (const ChannelRefusal&) {
    send_channel_open();
    await_channel_open(patience ? deadline.min(Deadline(context_.clock.now() + *patience))
                                : deadline);
    throw;
  }
}

// The replies to several requests that left at once; returns the last.
amqp_method_t RabbitSession::await_each(const std::vector<amqp_method_number_t>& replies,
                                        const Deadline& deadline,
                                        std::optional<Duration> patience) {
  amqp_method_t method{};
  for (auto reply = replies.begin(); reply != replies.end(); ++reply) {
    try {
      method = await(*reply, deadline, patience);
    } catch (const ChannelRefusal&) {
      throw;
    } catch (...) {
      std::for_each(reply + 1, replies.end(), [this](auto each) { connection_.pass_over(each); });
      throw;
    }
  }
  return method;
}

amqp_method_t RabbitSession::request(amqp_method_number_t id, void* decoded,
                                     amqp_method_number_t reply) {
  require_channel();
  send(id, decoded);
  return await(reply, context_.deadline, request_timeout_);
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
    frames().encode_method(last.frame, BrokerConnection::kChannel, AMQP_BASIC_PUBLISH_METHOD,
                           &publish);
    last.route = route;
    last.mandatory = mandatory;
  }
  frames().append_content(last.frame, BrokerConnection::kChannel, body_size, properties);
  return connection_.rules().count_publish(mandatory);
}

void RabbitSession::append_body(std::string_view part) {
  frames().append_body(BrokerConnection::kChannel, part);
}

void RabbitSession::settle(std::uint64_t delivery_tag, Settle how, bool multiple) {
  if (!connection_.is_channel_open()) {
    return;  // closing the channel has given everything back already
  }
  if (how == Settle::ack) {
    amqp_basic_ack_t ack{delivery_tag, multiple ? 1 : 0};
    send(AMQP_BASIC_ACK_METHOD, &ack);
    return;
  }
  // basic.nack and not basic.reject: from RabbitMQ 4.3 on, reject counts as a delivery attempt.
  amqp_basic_nack_t nack{delivery_tag, multiple ? 1 : 0, how == Settle::requeue ? 1 : 0};
  send(AMQP_BASIC_NACK_METHOD, &nack);
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
  require_channel();
  send(AMQP_QUEUE_DECLARE_METHOD, &declare);
  const auto method = await(AMQP_QUEUE_DECLARE_OK_METHOD, queue.until.value_or(context_.deadline),
                            request_timeout_);
  const auto& ok = arguments_of<amqp_queue_declare_ok_t>(method);
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

void RabbitSession::delete_exchange(const std::string& exchange, const Deadline& deadline) {
  if (!connection_.is_channel_open()) {
    send_channel_open();
    await_channel_open(deadline);
  }
  amqp_exchange_delete_t remove{};
  remove.exchange = bytes_of(exchange);
  remove.if_unused = flag(true);
  send(AMQP_EXCHANGE_DELETE_METHOD, &remove);
  await(AMQP_EXCHANGE_DELETE_OK_METHOD, deadline);
}

std::string RabbitSession::consume(const Subscription& subscription) {
  require_channel();
  const EncodedTable arguments(subscription.arguments);
  amqp_basic_qos_t qos{};
  qos.prefetch_count = subscription.prefetch;
  amqp_basic_consume_t consume{};
  consume.queue = bytes_of(subscription.queue);
  consume.consumer_tag = bytes_of(subscription.consumer_tag);
  consume.exclusive = flag(subscription.exclusive);
  consume.no_ack = flag(subscription.no_ack);
  consume.arguments = arguments.get();
  // Both leave in one write.
  send(AMQP_BASIC_QOS_METHOD, &qos);
  send(AMQP_BASIC_CONSUME_METHOD, &consume);
  connection_.rules().begin_consumer(subscription.consumer_tag);
  const auto method = await_each({AMQP_BASIC_QOS_OK_METHOD, AMQP_BASIC_CONSUME_OK_METHOD},
                                 context_.deadline, request_timeout_);
  return std::string(view_of(arguments_of<amqp_basic_consume_ok_t>(method).consumer_tag));
}

bool RabbitSession::stop_consumer(const std::string& consumer_tag) {
  if (!connection_.is_channel_open()) {
    return true;  // it ended with its channel
  }
  if (connection_.awaits_late_reply()) {
    return false;
  }
  amqp_basic_cancel_t cancel{};
  cancel.consumer_tag = bytes_of(consumer_tag);
  cancel.nowait = flag(true);
  send(AMQP_BASIC_CANCEL_METHOD, &cancel);
  return true;
}

void RabbitSession::delete_queue(const std::string& queue) {
  if (!connection_.is_channel_open()) {
    return;  // the broker would end the connection (504)
  }
  amqp_queue_delete_t remove{};
  remove.queue = bytes_of(queue);
  remove.nowait = flag(true);
  send(AMQP_QUEUE_DELETE_METHOD, &remove);
}

void RabbitSession::cancel(const std::vector<std::string>& consumer_tags,
                           const Deadline& deadline) {
  if (!connection_.is_channel_open()) {
    return;  // the consumers ended with their channel
  }
  const auto until =
      deadline.min(Deadline(context_.clock.now() + std::min(request_timeout_, kCancelTimeout)));
  connection_.await_late_replies(until);
  for (const auto& tag : consumer_tags) {
    amqp_basic_cancel_t cancel{};
    cancel.consumer_tag = bytes_of(tag);
    send(AMQP_BASIC_CANCEL_METHOD, &cancel);
  }
  await_each(std::vector(consumer_tags.size(), amqp_method_number_t{AMQP_BASIC_CANCEL_OK_METHOD}),
             until);
}

}  // namespace mscomm
