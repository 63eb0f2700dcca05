#pragma once

#include <utility>

#include "core/consume/consume_plan.h"
#include "core/message/decompress.h"
#include "core/message/delivery_record.h"

namespace mscomm {

/// Passes messages to code that reads their bodies: decompresses them if asked for, and adds the
/// message's name to errors.
class DeliveryDecoder {
 public:
  /// `ack` says for an error's hint what happens to a message that cannot be read.
  DeliveryDecoder(bool decompresses, AckMode ack) : decompresses_(decompresses), ack_(ack) {}

  /// Returns use(record), decompressed. Throws as `use` and Decompressor::decoded(), with the
  /// message named.
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
