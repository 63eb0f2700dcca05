#include "core/message/message_json.h"

#include <charconv>

#include "core/message/property_names.h"
#include "core/runtime/duration.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  char text[20];
  const auto [end, error] = std::to_chars(std::begin(text), std::end(text), number);
  out.append(text, end);
}

template <class Number>
void append_number_member(std::string& out, std::string_view member,
                          const std::optional<Number>& number) {
  if (number) {
    out += member;
    append_number(out, *number);
    out += ',';
  }
}

void append_properties(std::string& out, const Properties& properties) {
  out += "\"properties\":{";
  const auto start = out.size();
  for (const auto& property : kTextProperties) {
    if (const auto& text = properties.*property.member) {
      append_text_member(out, property.name, *text);
    }
  }
  append_number_member(out, "\"delivery_mode\":", properties.delivery_mode);
  append_number_member(out, "\"priority\":", properties.priority);
  append_number_member(out, "\"timestamp\":", properties.timestamp);
  if (properties.headers) {
    out += "\"headers\":";
    append_table_json(out, *properties.headers);
    out += ',';
  }
  if (out.size() > start) {
    out.pop_back();
  }
  out += "},";
}

enum class Body { present, absent };

void append_record(std::string& out, const Delivery& delivery, std::string_view queue,
                   WallTime received_at, Body body) {
  out += '{';
  append_text_member(out, "exchange", delivery.exchange);
  append_text_member(out, "routing_key", delivery.routing_key);
  append_text_member(out, "queue", queue);
  if (delivery.properties != nullptr) {
    append_properties(out, *delivery.properties);
  }
  if (body == Body::present) {
    append_text_member(out, "body", delivery.body);
  }
  out += delivery.redelivered ? "\"redelivered\":true" : "\"redelivered\":false";
  out += ",\"delivery_tag\":";
  append_number(out, delivery.delivery_tag);
  out += ",\"received_at\":\"";
  append_rfc3339(out, received_at);
  out += "\"}";
}

}  // namespace

void append_message_json(std::string& out, const Delivery& delivery, std::string_view queue,
                         WallTime received_at) {
  append_record(out, delivery, queue, received_at, Body::present);
}

void append_envelope_json(std::string& out, const Delivery& delivery, std::string_view queue,
                          WallTime received_at) {
  append_record(out, delivery, queue, received_at, Body::absent);
}

}  // namespace mscomm
