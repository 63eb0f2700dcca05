#include "core/consume/delivery_render.h"

#include <utility>

#include "core/expression/expression.h"
#include "core/message/delivery_record.h"
#include "core/runtime/text.h"

namespace mscomm {

Render render_body(std::string ending, bool for_terminal) {
  return
      [ending = std::move(ending), for_terminal](std::string& out, const DeliveryRecord& record) {
        out += for_terminal ? visible(record.delivery.body) : record.delivery.body;
        out += ending;
      };
}

Render render_text(std::string ending) {
  return [ending = std::move(ending)](std::string& out, const DeliveryRecord& record) {
    append_delivery_text(out, record);
    out += ending;
  };
}

Render render_json() {
  return [](std::string& out, const DeliveryRecord& record) {
    append_delivery_json(out, record);
    out += '\n';
  };
}

Render render_fields(const std::string& format, bool for_terminal) {
  return [fields = FormatString<DeliveryRecord>(format, delivery_fields()), for_terminal](
             std::string& out, const DeliveryRecord& record) {
    fields.append(out, record, for_terminal);
  };
}

Render render_results(std::shared_ptr<Expression> expression, bool for_terminal) {
  return [expression = std::move(expression), for_terminal](std::string& out,
                                                            const DeliveryRecord& record) {
    if (for_terminal) {
      std::string results;
      expression->append_results(results, record.delivery.body);
      out += visible(results);
    } else {
      expression->append_results(out, record.delivery.body);
    }
  };
}

Render render_decoded(DeliveryDecoder decoder, Render render) {
  return [decoder = std::move(decoder), render = std::move(render)](
             std::string& out, const DeliveryRecord& record) mutable {
    decoder.decode(record, [&](const DeliveryRecord& decoded) { render(out, decoded); });
  };
}

}  // namespace mscomm
