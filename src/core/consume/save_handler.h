#pragma once

#include <utility>

#include "core/consume/delivery_decoder.h"
#include "core/consume/delivery_handler.h"

namespace mscomm {

class MessageSaver;

/// Writes each message into files of its own.
class SaveHandler final : public DeliveryHandler {
 public:
  /// `saved` is the fate of a saved message. `saver` must outlive the handler.
  SaveHandler(MessageSaver& saver, DeliveryDecoder decoder, Fate saved)
      : saver_(saver), decoder_(std::move(decoder)), saved_(saved) {}

  bool take(const DeliveryRecord& record) override;
  void flush(DeliveryLedger& ledger) override;
  [[nodiscard]] const Handled& handled() const override { return handled_; }

 private:
  MessageSaver& saver_;
  DeliveryDecoder decoder_;
  Fate saved_;
  Handled handled_;
};

}  // namespace mscomm
