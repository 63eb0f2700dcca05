#include "core/message/delivery_record.h"

#include <algorithm>
#include <array>

#include "core/message/table_json.h"
#include "core/runtime/duration.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

using Record = DeliveryRecord;
using View = std::string_view;

template <auto Member>
Value property_value(const Record& record, View) {
  const auto& value = record.delivery.properties->*Member;
  if (!value) {
    return {};
  }
  if constexpr (std::is_convertible_v<decltype(*value), View>) {
    return Bytes{*value};
  } else {
    return std::uint64_t{*value};
  }
}

template <auto Member>
constexpr Field<Record> property(View name, View help) {
  return {.name = name, .help = help, .get = property_value<Member>, .object = "properties"};
}

Value headers_or_absent(const Record& record, View) {
  const auto& headers = record.delivery.properties->headers;
  if (!headers) {
    return {};
  }
  return record.is_for_expressions ? json_value<write_plain_table>(*headers)
                                   : json_value<write_table>(*headers);
}

void write_headers(JsonWriter& json, const Properties& properties) {
  if (properties.headers) {
    write_table(json, *properties.headers);
  } else {
    json.begin_object().end_object();
  }
}

Value headers_or_empty(const Record& record, View) {
  return json_value<write_headers>(*record.delivery.properties);
}

// Text unchanged, any other type as its JSON.
Value header(const Record& record, View name) {
  const auto& table = record.delivery.properties->headers;
  if (!table) {
    return {};
  }
  const auto found = std::ranges::find(*table, name, &FieldTable::value_type::first);
  if (found == table->end()) {
    return {};
  }
  if (found->second.kind == FieldKind::longstr) {
    return Bytes{std::get<std::string>(found->second.data)};
  }
  return json_value<write_field>(found->second);
}

constexpr auto kFields = std::to_array<Field<Record>>({
    {"exchange", "the exchange it was published to",
     [](const Record& r, View) -> Value { return Bytes{r.delivery.exchange}; }},
    {"routing_key", "the key it was published with",
     [](const Record& r, View) -> Value { return Bytes{r.delivery.routing_key}; }},
    {"queue", "the queue it came from",
     [](const Record& r, View) -> Value { return Bytes{r.queue}; }},
    property<&Properties::content_type>("content_type", "property"),
    property<&Properties::content_encoding>("content_encoding", "property"),
    property<&Properties::correlation_id>("correlation_id", "property"),
    property<&Properties::reply_to>("reply_to", "property"),
    property<&Properties::expiration>("expiration", "property, milliseconds"),
    property<&Properties::message_id>("message_id", "property"),
    property<&Properties::type>("type", "property"),
    property<&Properties::user_id>("user_id", "property"),
    property<&Properties::app_id>("app_id", "property"),
    property<&Properties::cluster_id>("cluster_id", "property"),
    property<&Properties::delivery_mode>("delivery_mode", "property: 1 transient, 2 persistent"),
    property<&Properties::priority>("priority", "property"),
    property<&Properties::timestamp>("timestamp", "property, seconds since 1970"),
    {.name = "headers",
     .help = "all headers, as JSON",
     .get = headers_or_empty,
     .json = headers_or_absent,
     .object = "properties",
     .is_large = true},
    {"headers.", "one header, for example {headers.x-tenant}", header},
    {.name = "body",
     .help = "the body, byte for byte",
     .get = [](const Record& r, View) -> Value { return Bytes{r.delivery.body}; },
     .json = [](const Record& r, View) { return r.has_body ? Bytes{r.delivery.body} : Value(); },
     .is_large = true},
    {.name = "body_bytes",
     .help = "its size in bytes",
     .get = [](const Record& r, View) -> Value { return r.delivery.body_bytes(); },
     .json = nullptr},
    {.name = "body_base64",
     .help = "the body as base64",
     .get = [](const Record& r, View) -> Value { return Base64{r.delivery.body}; },
     .json = nullptr,
     .is_large = true},
    {"redelivered", "whether it may have been delivered before",
     [](const Record& r, View) -> Value { return r.delivery.redelivered; }},
    {"delivery_tag", "its number on this channel",
     [](const Record& r, View) -> Value { return r.delivery.delivery_tag; }},
    {"received_at", "when it came, RFC 3339",
     [](const Record& r, View) -> Value { return r.received_at; }},
    {.name = "consumer_tag",
     .help = "the consumer it was delivered to",
     .get = [](const Record& r, View) -> Value { return Bytes{r.delivery.consumer_tag}; },
     .json = nullptr},
});

}  // namespace

std::span<const Field<DeliveryRecord>> delivery_fields() { return kFields; }

void append_delivery_json(std::string& out, const DeliveryRecord& record, const Pause& pause) {
  append_json_object(out, delivery_fields(), record, pause);
}

void append_delivery_text(std::string& out, const DeliveryRecord& record, const Pause& pause) {
  const auto& delivery = record.delivery;
  const auto add = [&out](View name, const Value& value) {
    if (!std::holds_alternative<std::monostate>(value)) {
      out += ' ';
      out += name;
      out += '=';
      append_text(out, value, TextForm::one_line);
    }
  };
  append_rfc3339(out, record.received_at);
  add("exchange", Bytes{delivery.exchange.empty() ? "(default)" : delivery.exchange});
  add("routing_key", Bytes{delivery.routing_key});
  for (const auto& field : kFields) {
    if (!field.object.empty()) {
      add(field.name, field.json(record, {}));
    }
  }
  if (delivery.redelivered) {
    out += " redelivered";
  }
  out += "\n";
  append_quoted_body(out, delivery.body, pause);
  if (!delivery.body.empty()) {
    out.pop_back();  // the delimiter ends the record
  }
}

}  // namespace mscomm
