#include "core/consume/delivery_filter.h"

#include <array>
#include <string>
#include <utility>

#include "core/expression/expression.h"
#include "core/expression/reach.h"
#include "core/output/json_text.h"

namespace mscomm {
namespace {

// The record with plain headers and, if an expression reads it, the body.
void append_filtered_record(std::string& out, DeliveryRecord record, bool with_body) {
  record.is_for_expressions = true;
  record.has_body = with_body;
  JsonWriter json(out);
  json.begin_object();
  write_fields<DeliveryRecord>(json, delivery_fields(), record);
  json.end_object();
}

}  // namespace

bool reads_message_body(std::string_view program) {
  constexpr std::array<std::string_view, 3> kMembers{"json", "body", "body_base64"};
  return may_read(program, kMembers);
}

Matches matches_expression(std::shared_ptr<Expression> expression, bool reads_body,
                           DeliveryDecoder decoder) {
  return [expression = std::move(expression), reads_body, decoder = std::move(decoder),
          text = std::string()](const DeliveryRecord& record) mutable {
    return decoder.decode(record, [&](const DeliveryRecord& decoded) {
      text.clear();
      append_filtered_record(text, decoded, reads_body);
      ExpressionInput input(text);
      if (const auto body = decoded.delivery.body; reads_body && is_json(body)) {
        input.kind = ExpressionInput::Kind::json;
        input.member = "json";
        input.value = body;
        input.is_left_out_if_deep = true;
      }
      return expression->holds(input);
    });
  };
}

}  // namespace mscomm
