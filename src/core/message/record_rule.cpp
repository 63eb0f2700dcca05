#include "core/message/record_rule.h"

#include <fmt/format.h>

#include "core/message/dead_letter.h"
#include "core/runtime/error.h"

namespace mscomm {

RecordRule aim_at_origin(Death which) {
  return [which](MessageRecord& record, const std::string& where) {
    auto origin = origin_of(record.properties, which);
    if (!origin) {
      throw Error(
          Exit::usage,
          fmt::format("{}: the message has no header x-death that says where it was", where),
          "--to-origin is for dead letters; --queue or --exchange say where others go");
    }
    record.exchange = std::move(origin->exchange);
    record.routing_key = std::move(origin->routing_key);
    detach_copy(record.properties, record.properties.user_id);
    begin_anew(record.properties);
  };
}

void require_target(MessageRecord& record, const std::string& where) {
  const auto says = [](const auto& text) { return text && !text->empty(); };
  if (!says(record.exchange) && !says(record.routing_key)) {
    throw Error(Exit::usage, fmt::format("{}: the record names no exchange and no queue", where),
                "give --queue or --exchange, or the record a routing_key");
  }
}

}  // namespace mscomm
