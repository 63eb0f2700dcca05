#include "core/message/delivery_format.h"

#include <algorithm>
#include <array>

#include "core/message/message_json.h"
#include "core/message/property_names.h"
#include "core/runtime/duration.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

using Record = DeliveryRecord;

template <auto Member>
Value text_property(const Record& record, std::string_view) {
  const auto& text = record.delivery.properties->*Member;
  return text ? Value(std::string_view(*text)) : Value();
}

template <auto Member>
Value number_property(const Record& record, std::string_view) {
  const auto& number = record.delivery.properties->*Member;
  return number ? Value(static_cast<std::int64_t>(*number)) : Value();
}

Value headers(const Record& record, std::string_view) {
  std::string json;
  append_table_json(json, record.delivery.properties->headers.value_or(FieldTable{}));
  return json;
}

// Text as it is, every other type as its JSON.
Value header(const Record& record, std::string_view name) {
  const auto& table = record.delivery.properties->headers;
  if (!table) {
    return {};
  }
  const auto found = std::ranges::find(*table, name, &FieldTable::value_type::first);
  if (found == table->end()) {
    return {};
  }
  if (found->second.kind == FieldKind::longstr) {
    return std::string_view(std::get<std::string>(found->second.data));
  }
  std::string json;
  append_table_json(json, {{"v", found->second}});
  constexpr std::size_t kBefore = std::string_view(R"({"v":)").size();
  return json.substr(kBefore, json.size() - kBefore - 1);
}

constexpr std::array<Field<Record>, 25> kFields{{
    {"body", "the body, byte for byte",
     [](const Record& r, std::string_view) -> Value { return r.delivery.body; }},
    {"body_bytes", "its size in bytes",
     [](const Record& r, std::string_view) -> Value {
       return static_cast<std::int64_t>(r.delivery.body_bytes());
     }},
    {"body_base64", "the body as base64",
     [](const Record& r, std::string_view) -> Value { return base64_encode(r.delivery.body); }},
    {"exchange", "the exchange it was published to",
     [](const Record& r, std::string_view) -> Value { return r.delivery.exchange; }},
    {"routing_key", "the key it was published with",
     [](const Record& r, std::string_view) -> Value { return r.delivery.routing_key; }},
    {"queue", "the queue it came from",
     [](const Record& r, std::string_view) -> Value { return r.queue; }},
    {"delivery_tag", "its number on this channel",
     [](const Record& r, std::string_view) -> Value {
       return static_cast<std::int64_t>(r.delivery.delivery_tag);
     }},
    {"redelivered", "whether it may have been delivered before",
     [](const Record& r, std::string_view) -> Value { return r.delivery.redelivered; }},
    {"received_at", "when it came, RFC 3339",
     [](const Record& r, std::string_view) -> Value { return format_rfc3339(r.received_at); }},
    {"content_type", "property", text_property<&Properties::content_type>},
    {"content_encoding", "property", text_property<&Properties::content_encoding>},
    {"delivery_mode", "property: 1 transient, 2 persistent",
     number_property<&Properties::delivery_mode>},
    {"priority", "property", number_property<&Properties::priority>},
    {"correlation_id", "property", text_property<&Properties::correlation_id>},
    {"reply_to", "property", text_property<&Properties::reply_to>},
    {"expiration", "property, milliseconds", text_property<&Properties::expiration>},
    {"message_id", "property", text_property<&Properties::message_id>},
    {"timestamp", "property, seconds since 1970", number_property<&Properties::timestamp>},
    {"type", "property", text_property<&Properties::type>},
    {"user_id", "property", text_property<&Properties::user_id>},
    {"app_id", "property", text_property<&Properties::app_id>},
    {"cluster_id", "property", text_property<&Properties::cluster_id>},
    {"headers", "all headers, as JSON", headers, true},
    {"headers.", "one header, for example {headers.x-tenant}", header},
    {"consumer_tag", "the consumer it was delivered to",
     [](const Record& r, std::string_view) -> Value { return r.delivery.consumer_tag; }},
}};

}  // namespace

std::span<const Field<DeliveryRecord>> delivery_fields() { return kFields; }

void append_delivery_text(std::string& out, const DeliveryRecord& record) {
  const auto& delivery = record.delivery;
  const auto& properties = *delivery.properties;
  const auto add = [&](std::string_view name, std::string_view value) {
    out += ' ';
    out += name;
    out += '=';
    out += visible(value);
  };
  out += format_rfc3339(record.received_at);
  add("exchange", delivery.exchange.empty() ? "(default)" : delivery.exchange);
  add("routing_key", delivery.routing_key);
  for (const auto& [name, member] : kTextProperties) {
    if (const auto& value = properties.*member) {
      add(name, *value);
    }
  }
  const auto add_number = [&](std::string_view name, const auto& number) {
    if (number) {
      add(name, std::to_string(*number));
    }
  };
  add_number("delivery_mode", properties.delivery_mode);
  add_number("priority", properties.priority);
  add_number("timestamp", properties.timestamp);
  if (properties.headers) {
    out += " headers=";
    append_table_json(out, *properties.headers);
  }
  if (delivery.redelivered) {
    out += " redelivered";
  }
  out += "\n";
  out += visible(delivery.body);
}

}  // namespace mscomm
