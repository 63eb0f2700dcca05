#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "core/message/message.h"
#include "core/output/record.h"
#include "core/runtime/clock.h"

namespace mscomm {

/// A delivery as output sees it.
struct DeliveryRecord {
  const Delivery& delivery;
  std::string_view queue;
  WallTime received_at;
};

/// The fields of `consume --format '{field}'`. `--format json` is append_message_json() instead,
/// whose nesting is lossless.
std::span<const Field<DeliveryRecord>> delivery_fields();

/// Appends the record for people: a line about the message, then the body, control characters made
/// visible.
void append_delivery_text(std::string& out, const DeliveryRecord& record);

}  // namespace mscomm
