#include "core/message/message_json.h"

#include "core/message/delivery_record.h"

namespace mscomm {

void append_message_json(std::string& out, const Delivery& delivery, std::string_view queue,
                         WallTime received_at) {
  append_json_object(out, delivery_fields(), {delivery, queue, received_at});
}

void append_envelope_json(std::string& out, const Delivery& delivery, std::string_view queue,
                          WallTime received_at) {
  append_json_object(out, delivery_fields(), {delivery, queue, received_at, false});
}

}  // namespace mscomm
