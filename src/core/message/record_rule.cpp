#include "core/message/record_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <variant>

#include "core/runtime/error.h"

namespace mscomm {
namespace {

// The member if it has this type, else nullptr.
template <class T>
const T* find(const FieldTable& table, std::string_view name) {
  const auto found = std::ranges::find(
      table, name, [](const auto& entry) { return std::string_view(entry.first); });
  return found == table.end() ? nullptr : std::get_if<T>(&found->second.data);
}

template <class T>
const T* front(const FieldArray* array) {
  return array == nullptr || array->empty() ? nullptr : std::get_if<T>(&array->front().data);
}

}  // namespace

void aim_at_origin(MessageRecord& record, const std::string& where) {
  const auto& headers = record.properties.headers;
  const auto* last = front<FieldTable>(headers ? find<FieldArray>(*headers, "x-death") : nullptr);
  const auto* exchange = last == nullptr ? nullptr : find<std::string>(*last, "exchange");
  const auto* key =
      last == nullptr ? nullptr : front<std::string>(find<FieldArray>(*last, "routing-keys"));
  if (exchange == nullptr || key == nullptr) {
    throw Error(Exit::usage,
                fmt::format("{}: the message has no header x-death that says where it was", where),
                "--to-origin is for dead letters; --queue or --exchange say where others go");
  }
  record.exchange = *exchange;
  record.routing_key = *key;
}

void require_target(MessageRecord& record, const std::string& where) {
  const auto says = [](const auto& text) { return text && !text->empty(); };
  if (!says(record.exchange) && !says(record.routing_key)) {
    throw Error(Exit::usage, fmt::format("{}: the record names no exchange and no queue", where),
                "give --queue or --exchange, or the record a routing_key");
  }
}

}  // namespace mscomm
