#pragma once

#include <functional>
#include <string>

#include "core/amqp/attended_output.h"
#include "core/consume/delivery_handler.h"
#include "core/output/pieces.h"

namespace mscomm {

/// Appends the record of one message to the output, with `pause` between the pieces of a long one.
using Render =
    std::function<void(std::string& out, const DeliveryRecord& record, const Pause& pause)>;

/// Prints messages: in large pieces into a file, one by one into a pipe. A message in a pipe counts
/// as written when the reader has taken it, so `| head -n 10` takes ten messages and leaves the
/// rest.
class PrintHandler final : public DeliveryHandler {
 public:
  /// `written` is the fate of a written message. A body that lies in a file is written piece by
  /// piece, before the output of `render`. All that is referred to must outlive the handler.
  PrintHandler(Render render, Fate written, Writer& writer, SessionOwner& session,
               const Context& context);

  bool take(const DeliveryRecord& record) override;
  void flush(DeliveryLedger& ledger) override;
  [[nodiscard]] const Handled& handled() const override { return handled_; }
  [[nodiscard]] int output() const override { return output_.fd(); }

 private:
  void render(const DeliveryRecord& record);
  void stream(const DeliveryRecord& record);
  void write_while_rendering(TimePoint began);

  Render render_;
  Fate written_;
  SessionOwner& session_;
  const Context& context_;
  AttendedOutput output_;
  bool paced_;
  std::uint64_t rendered_ = 0;
  Handled handled_;
};

}  // namespace mscomm
