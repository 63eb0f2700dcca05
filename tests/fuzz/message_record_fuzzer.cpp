// A line of publish --jsonl: what can be read is written and read again as the same message.

#include "core/message/delivery_record.h"
#include "core/message/message_record.h"
#include "core/runtime/error.h"
#include "fuzz/fuzzer.h"

namespace mscomm::test {

void fuzz(std::string_view input) {
  MessageRecord record;
  try {
    record = parse_message_record(input, "line 1");
  } catch (const Error& error) {
    require(error.reason() == Exit::usage);
    require(std::string_view(error.what()).starts_with("line 1"));
    return;
  }
  const auto exchange = record.exchange.value_or("");
  const auto routing_key = record.routing_key.value_or("");
  Delivery delivery;
  delivery.exchange = exchange;
  delivery.routing_key = routing_key;
  delivery.properties = &record.properties;
  delivery.body = record.body;
  std::string written;
  append_delivery_json(written, {delivery, "queue", {}});
  const auto again = parse_message_record(written, "written");
  require(again.exchange == exchange);
  require(again.routing_key == routing_key);
  require(again.properties == record.properties);
  require(again.body == record.body);
}

}  // namespace mscomm::test
