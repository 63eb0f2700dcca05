#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/consume/delivery_ledger.h"
#include "core/message/field_table.h"
#include "core/runtime/clock.h"
#include "core/runtime/error.h"

namespace mscomm {

enum class AckMode {
  automatic,  ///< acknowledged on receipt, before it is handled: at most once
  after,      ///< acknowledged after it is handled: at least once
  reject,     ///< rejected after it is handled: dead-lettered, or dropped
  none,       ///< never settled: everything goes back to the queue when the run ends
};

/// What to take from a queue and when to stop.
struct ConsumePlan {
  std::string queue;  ///< another one may be it after a session was replaced
  AckMode ack = AckMode::after;
  Fate unmatched = Fate::hold;         ///< of messages that are not asked for
  std::optional<std::uint64_t> count;  ///< take this many and leave the next in the queue
  bool until_empty = false;
  std::optional<Duration> idle;  ///< stop when nothing came for so long
  std::uint16_t prefetch = 256;  ///< unsettled messages at once
  bool temporary = false;        ///< the queue ends with its connection
  FieldTable arguments;

  /// Whether it ends without anybody ending it.
  [[nodiscard]] bool ends_by_itself() const { return count || until_empty || idle; }
  /// What becomes of a message that was handled well.
  [[nodiscard]] Fate handled() const {
    return ack == AckMode::reject ? Fate::reject : ack == AckMode::none ? Fate::hold : Fate::ack;
  }
};

/// How a run of consuming ended.
struct ConsumeReport {
  std::uint64_t taken = 0;  ///< handled to their end: written, saved, or their command ended
  std::uint64_t acknowledged = 0;
  std::uint64_t rejected = 0;
  std::uint64_t returned = 0;  ///< to the queue, as a settlement
  /// How many the broker was told what becomes of them.
  [[nodiscard]] std::uint64_t settled() const { return acknowledged + rejected + returned; }
  std::uint64_t redelivered = 0;  ///< came with the broker's mark that they had come before
  Tally outcomes;                 ///< of those that can fail one by one: ok or failed
  std::optional<Error> error;     ///< what ended the run early
  bool interrupted = false;       ///< a stop signal did
  bool reader_gone = false;       ///< the reader of the output did, which is no error
};

}  // namespace mscomm
