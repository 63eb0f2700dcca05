#include "core/consume/delivery_render.h"

#include <utility>

#include "core/expression/expression.h"
#include "core/message/delivery_record.h"
#include "core/runtime/text.h"

namespace mscomm {

Render render_body(std::string ending, bool for_terminal) {
  return [ending = std::move(ending), for_terminal](std::string& out, const DeliveryRecord& record,
                                                    const Pause& pause) {
    append_text(out, Bytes{record.delivery.body}, text_form(for_terminal), pause);
    out += ending;
  };
}

Render render_text(std::string ending) {
  return [ending = std::move(ending)](std::string& out, const DeliveryRecord& record,
                                      const Pause& pause) {
    append_delivery_text(out, record, pause);
    out += ending;
  };
}

Render render_json() {
  return [](std::string& out, const DeliveryRecord& record, const Pause& pause) {
    append_delivery_json(out, record, pause);
    out += '\n';
  };
}

Render render_fields(const std::string& format, bool for_terminal) {
  return [fields = FormatString<DeliveryRecord>(format, delivery_fields()), for_terminal](
             std::string& out, const DeliveryRecord& record, const Pause& pause) {
    fields.append(out, record, for_terminal, pause);
  };
}

Render render_results(std::shared_ptr<Expression> expression, bool for_terminal) {
  return [expression = std::move(expression), for_terminal](
             std::string& out, const DeliveryRecord& record, const Pause& pause) {
    if (for_terminal) {
      std::string results;
      expression->append_results(results, record.delivery.body);
      append_text(out, Bytes{results}, TextForm::visible, pause);
    } else {
      expression->append_results(out, record.delivery.body);
    }
  };
}

Render render_decoded(DeliveryDecoder decoder, Render render) {
  return [decoder = std::move(decoder), render = std::move(render)](
             std::string& out, const DeliveryRecord& record, const Pause& pause) mutable {
    decoder.decode(record, [&](const DeliveryRecord& decoded) { render(out, decoded, pause); });
  };
}

}  // namespace mscomm
