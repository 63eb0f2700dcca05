// How a RabbitSession logs in (AMQP 0-9-1 §2.2.4).

#include <amqp.h>
#include <amqp_framing.h>
#include <fmt/format.h>

#include <algorithm>
#include <climits>

#include "core/amqp/rabbit_session.h"
#include "core/runtime/version.h"
#include "core/telemetry/context.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

constexpr std::size_t kInitialFrameMax = 4096;  // until tuned (§4.2.3: frame-min-size)
constexpr int kFrameMax = 131072;               // what RabbitMQ offers by default
constexpr std::string_view kProtocolHeader("AMQP\0\0\x09\x01", 8);

std::string text_property(const amqp_table_t& table, std::string_view key) {
  for (int i = 0; i < table.num_entries; ++i) {
    const auto& entry = table.entries[i];
    if (view_of(entry.key) == key && entry.value.kind == AMQP_FIELD_KIND_UTF8) {
      return std::string(view_of(entry.value.value.bytes));
    }
  }
  return {};
}

// Each capability that the session can deal with; rabbitmq-c's own login declares hardly any, so
// that a deleted queue or an alarm would go unnoticed (alanxz/rabbitmq-c#511, #161).
FieldTable client_properties(const std::string& connection_name) {
  FieldTable capabilities;
  for (const char* name : {"authentication_failure_close", "basic.nack", "connection.blocked",
                           "consumer_cancel_notify", "publisher_confirms"}) {
    capabilities.emplace_back(name, FieldValue::boolean(true));
  }
  FieldTable properties;
  properties.emplace_back("product", FieldValue::text("mscomm"));
  properties.emplace_back("version", FieldValue::text(kVersion));
  properties.emplace_back("connection_name", FieldValue::text(connection_name));
  properties.emplace_back("capabilities", FieldValue{FieldKind::table, std::move(capabilities)});
  return properties;
}

bool offers(std::string_view mechanisms, std::string_view wanted) {
  while (!mechanisms.empty()) {
    const auto word = mechanisms.substr(0, mechanisms.find(' '));
    if (word == wanted) {
      return true;
    }
    mechanisms.remove_prefix(std::min(word.size() + 1, mechanisms.size()));
  }
  return false;
}

// The lower of two limits of which 0 means none.
int negotiate(int ours, std::uint32_t offered) {
  const int theirs = static_cast<int>(std::min<std::uint32_t>(offered, INT_MAX));
  return ours == 0 || theirs == 0 ? std::max(ours, theirs) : std::min(ours, theirs);
}

}  // namespace

void RabbitSession::open(const SessionOptions& options, const Deadline& deadline) {
  encoder_ = std::make_unique<FrameEncoder>(kFrameMax);
  out_ += kProtocolHeader;
  try {
    const auto start = await_method(AMQP_CONNECTION_START_METHOD, deadline);
    const auto& greeting = *static_cast<const amqp_connection_start_t*>(start.decoded);
    server_ = fmt::format("{} {}", text_property(greeting.server_properties, "product"),
                          text_property(greeting.server_properties, "version"));
    if (options.greeting_only) {
      dead_ = true;  // before a login the protocol knows no goodbye (§2.2.4)
      return;
    }
    send_start_ok(greeting, options);
    const auto offer = await_method(AMQP_CONNECTION_TUNE_METHOD, deadline);
    tune(*static_cast<const amqp_connection_tune_t*>(offer.decoded), options);
    amqp_connection_open_t vhost{};
    vhost.virtual_host = bytes_of(url_.vhost);
    send_method(0, AMQP_CONNECTION_OPEN_METHOD, &vhost);
    // Opening the channel leaves in the same write as opening the connection: a round trip less.
    open_channel(deadline);
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
  context_.log.info("connected to {} ({})", name_, server_);
}

void RabbitSession::send_start_ok(const amqp_connection_start_t& start,
                                  const SessionOptions& options) {
  const bool external =
      url_.external || (url_.tls && !url_.tls_options.cert.empty() && !url_.user_given);
  const std::string mechanism = external ? "EXTERNAL" : "PLAIN";
  const auto offered = view_of(start.mechanisms);
  if (!offers(offered, mechanism)) {
    throw Error(
        Exit::denied, fmt::format("the broker offers no {} login, only {}", mechanism, offered),
        external ? "the plugin rabbitmq_auth_mechanism_ssl gives logins by certificate" : "");
  }
  std::string response;
  if (!external) {
    // SASL PLAIN, RFC 4616: authorisation identity (none), user, password.
    response += '\0';
    response += url_.user;
    response += '\0';
    response += url_.password.reveal();
  }
  const auto properties = client_properties(options.connection_name);
  const EncodedTable encoded(properties);
  amqp_connection_start_ok_t ok{};
  ok.client_properties = encoded.get();
  ok.mechanism = bytes_of(mechanism);
  ok.response = bytes_of(response);
  ok.locale = bytes_of("en_US");
  send_method(0, AMQP_CONNECTION_START_OK_METHOD, &ok);
}

void RabbitSession::tune(const amqp_connection_tune_t& offer, const SessionOptions& options) {
  const int heartbeat_wish = url_.heartbeat_seconds.value_or(options.heartbeat_seconds);
  // Ours is the ceiling, and 0 is none; a broker that offers none still answers to ours.
  const int heartbeat = heartbeat_wish == 0 || offer.heartbeat == 0
                            ? heartbeat_wish
                            : std::min(heartbeat_wish, static_cast<int>(offer.heartbeat));
  const int frame_max = negotiate(url_.frame_max.value_or(kFrameMax), offer.frame_max);
  const int channel_max = negotiate(url_.channel_max.value_or(0), offer.channel_max);
  if (static_cast<std::size_t>(frame_max) < kInitialFrameMax) {
    throw Error(Exit::unreachable, fmt::format("the broker offers frames of {} bytes", frame_max));
  }
  in_.set_frame_max(static_cast<std::size_t>(frame_max));
  heartbeat_ = std::chrono::seconds(heartbeat);
  amqp_connection_tune_ok_t ok{};
  ok.channel_max = static_cast<std::uint16_t>(channel_max);
  ok.frame_max = static_cast<std::uint32_t>(frame_max);
  ok.heartbeat = static_cast<std::uint16_t>(heartbeat);
  send_method(0, AMQP_CONNECTION_TUNE_OK_METHOD, &ok);
  encoder_ = std::make_unique<FrameEncoder>(static_cast<std::size_t>(frame_max));
}

void RabbitSession::open_channel(const Deadline& deadline) {
  opens_channel_ = true;
  channel_ = 1;
  sequence_ = 0;
  amqp_channel_open_t channel{};
  send_method(channel_, AMQP_CHANNEL_OPEN_METHOD, &channel);
  if (confirms_) {
    amqp_confirm_select_t confirm{};
    send_method(channel_, AMQP_CONFIRM_SELECT_METHOD, &confirm);
  }
  if (!opened_) {
    await_method(AMQP_CONNECTION_OPEN_OK_METHOD, deadline);
    opened_ = true;
  }
  await_method(AMQP_CHANNEL_OPEN_OK_METHOD, deadline);
  if (confirms_) {
    await_method(AMQP_CONFIRM_SELECT_OK_METHOD, deadline);
  }
  opens_channel_ = false;
}

}  // namespace mscomm
