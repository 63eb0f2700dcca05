#pragma once

#include <utility>

#include "core/consume/consume_plan.h"
#include "core/message/decompress.h"
#include "core/message/delivery_record.h"

namespace mscomm {

/// Gives messages to what reads their bodies: decompressed where that is asked for, and with errors
/// that say which message they are about.
class DeliveryDecoder {
 public:
  /// `ack` is what becomes of a message that cannot be read.
  DeliveryDecoder(bool decompresses, AckMode ack) : decompresses_(decompresses), ack_(ack) {}

  /// What `use` returns for the message. Throws what it throws, named, and as
  /// Decompressor::decoded().
  template <class Use>
  auto decode(const DeliveryRecord& record, Use use) {
    try {
      return use(decompresses_ ? DeliveryRecord{decompressor_.decoded(record.delivery),
                                                record.queue, record.received_at}
                               : record);
    } catch (Error& error) {
      name(error, record);
      throw;
    }
  }

 private:
  void name(Error& error, const DeliveryRecord& record) const;

  bool decompresses_;
  AckMode ack_;
  Decompressor decompressor_;
};

}  // namespace mscomm
