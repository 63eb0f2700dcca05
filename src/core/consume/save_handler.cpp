#include "core/consume/save_handler.h"

#include "core/message/saved_messages.h"

namespace mscomm {

bool SaveHandler::take(const DeliveryRecord& record) {
  decoder_.decode(record, [this](const DeliveryRecord& decoded) {
    saver_.save(decoded.delivery, decoded.queue, decoded.received_at);
  });
  ++handled_.messages;
  return false;
}

void SaveHandler::flush(DeliveryLedger& ledger) { ledger.decide_open(saved_); }

}  // namespace mscomm
