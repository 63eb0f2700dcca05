#include "core/consume/delivery_filter.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "core/expression/expression.h"

namespace mscomm {
namespace {

// Whether well-formed JSON, with the record around it, is nested deeper than jq can read. The stack
// of jq's parser holds 256 (MAX_PARSING_DEPTH) arrays, objects and keys with incomplete values.
bool is_too_deep_for_jq(std::string_view json) {
  constexpr int kObjectAndKey = 2;
  int depth = kObjectAndKey;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      i += c == '\\' ? 1U : 0U;
    } else if (c == '[' || c == '{') {
      if (depth >= 256) {
        return true;
      }
      depth += c == '{' ? kObjectAndKey : 1;
    } else if (c == ']' || c == '}') {
      depth -= c == '}' ? kObjectAndKey : 1;
    }
  }
  return false;
}

// The record with plain headers, with a JSON body also as JSON.
void append_filtered_record(std::string& out, DeliveryRecord record) {
  record.is_for_expressions = true;
  JsonWriter json(out);
  json.begin_object();
  write_fields<DeliveryRecord>(json, delivery_fields(), record);
  const auto body = record.delivery.body;
  if (nlohmann::json::accept(body) && !is_too_deep_for_jq(body)) {
    json.key("json").raw(body);
  }
  json.end_object();
}

}  // namespace

Matches matches_expression(std::shared_ptr<Expression> expression, DeliveryDecoder decoder) {
  return [expression = std::move(expression), decoder = std::move(decoder),
          text = std::string()](const DeliveryRecord& record) mutable {
    return decoder.decode(record, [&](const DeliveryRecord& decoded) {
      text.clear();
      append_filtered_record(text, decoded);
      return expression->holds(text);
    });
  };
}

}  // namespace mscomm
