#include "core/amqp/login.h"

#include <amqp_framing.h>
#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <string_view>

#include "core/amqp/codec.h"
#include "core/runtime/text.h"
#include "core/runtime/version.h"

namespace mscomm {
namespace {

constexpr std::size_t kLeastFrameMax = 4096;  // §4.2.3: frame-min-size
constexpr int kFrameMaxWish = 131072;         // what RabbitMQ offers by default
constexpr int kFrameMaxMost = 16 << 20;       // a frame is kept in memory
constexpr std::size_t kMostOffered = 200;     // bytes of what the broker offers

std::string text_property(const amqp_table_t& table, std::string_view key) {
  for (int i = 0; i < table.num_entries; ++i) {
    const auto& entry = table.entries[i];
    if (view_of(entry.key) == key && entry.value.kind == AMQP_FIELD_KIND_UTF8) {
      return std::string(view_of(entry.value.value.bytes));
    }
  }
  return {};
}

// Declares each capability that the session can handle. rabbitmq-c's own login declares hardly any,
// so a deleted queue or an alarm would go unnoticed (alanxz/rabbitmq-c#511, #161).
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

constexpr std::string_view name_of(Mechanism mechanism) {
  return mechanism == Mechanism::external ? "EXTERNAL" : "PLAIN";
}

// The first of ours that the broker offers.
Mechanism choose_mechanism(const BrokerUrl& url, std::string_view offered) {
  auto ours = url.mechanisms;
  if (ours.empty()) {
    const bool by_certificate = url.tls && !url.tls_options.cert.empty() && !url.user_given;
    ours = {by_certificate ? Mechanism::external : Mechanism::plain};
  }
  const auto found = std::ranges::find_if(
      ours, [&](auto mechanism) { return offers(offered, name_of(mechanism)); });
  if (found != ours.end()) {
    return *found;
  }
  const bool external = std::ranges::find(ours, Mechanism::external) != ours.end();
  throw Error(Exit::denied,
              fmt::format("the broker offers no {} login, only {}", name_of(ours.front()),
                          visible(offered.substr(0, kMostOffered))),
              external ? "the plugin rabbitmq_auth_mechanism_ssl gives logins by certificate" : "");
}

// The lower of two limits; 0 is no limit.
int negotiate(int ours, std::uint32_t offered) {
  const int theirs = static_cast<int>(std::min<std::uint32_t>(offered, INT_MAX));
  return ours == 0 || theirs == 0 ? std::max(ours, theirs) : std::min(ours, theirs);
}

}  // namespace

BrokerVersion broker_version(const amqp_connection_start_t& start) {
  return parse_broker_version(text_property(start.server_properties, "product"),
                              text_property(start.server_properties, "version"));
}

void answer_start(FrameStream& frames, const amqp_connection_start_t& start, const BrokerUrl& url,
                  const std::string& connection_name) {
  const auto mechanism = choose_mechanism(url, view_of(start.mechanisms));
  std::string response;
  if (mechanism == Mechanism::plain) {
    // SASL PLAIN, RFC 4616: authorisation identity (none), user, password.
    response += '\0';
    response += url.user;
    response += '\0';
    response += url.password.reveal();
  }
  const auto properties = client_properties(connection_name);
  const EncodedTable encoded(properties);
  amqp_connection_start_ok_t ok{};
  ok.client_properties = encoded.get();
  ok.mechanism = bytes_of(name_of(mechanism));
  ok.response = bytes_of(response);
  ok.locale = bytes_of("en_US");
  frames.append_method(0, AMQP_CONNECTION_START_OK_METHOD, &ok);
}

void answer_tune(FrameStream& frames, const amqp_connection_tune_t& offer, const BrokerUrl& url,
                 int heartbeat_seconds) {
  const int heartbeat_wish = url.heartbeat_seconds.value_or(heartbeat_seconds);
  // Ours is the ceiling; 0 is no heartbeats. A broker that offers none still accepts ours.
  const int heartbeat = heartbeat_wish == 0 || offer.heartbeat == 0
                            ? heartbeat_wish
                            : std::min(heartbeat_wish, static_cast<int>(offer.heartbeat));
  const int agreed = negotiate(url.frame_max.value_or(kFrameMaxWish), offer.frame_max);
  const int frame_max = agreed == 0 ? kFrameMaxWish : std::min(agreed, kFrameMaxMost);
  const int channel_max = negotiate(url.channel_max.value_or(0), offer.channel_max);
  if (static_cast<std::size_t>(frame_max) < kLeastFrameMax) {
    throw Error(Exit::unreachable, fmt::format("the broker offers frames of {} bytes", frame_max));
  }
  amqp_connection_tune_ok_t ok{};
  ok.channel_max = static_cast<std::uint16_t>(channel_max);
  ok.frame_max = static_cast<std::uint32_t>(frame_max);
  ok.heartbeat = static_cast<std::uint16_t>(heartbeat);
  frames.append_method(0, AMQP_CONNECTION_TUNE_OK_METHOD, &ok);
  frames.set_limits(static_cast<std::size_t>(frame_max), std::chrono::seconds(heartbeat));
}

}  // namespace mscomm
