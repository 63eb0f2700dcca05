#pragma once

#include <cstdint>
#include <string>

#include "core/message/delivery_record.h"

namespace mscomm {

/// A delivery that outlives its session's next event: the work of one command.
struct MessageJob {
  explicit MessageJob(const DeliveryRecord& record);

  /// Its views are valid as long as this object is not moved.
  [[nodiscard]] Delivery delivery() const;
  /// For people: "message 7" or "message 7 ('its message id')".
  [[nodiscard]] std::string name() const;

  std::uint64_t delivery_tag;
  bool redelivered;
  std::string exchange;
  std::string routing_key;
  std::string queue;
  Properties properties;
  std::string body;
  WallTime received_at;
  std::uint32_t attempt = 1;  ///< the number of times that its command was run, this one included
};

}  // namespace mscomm
