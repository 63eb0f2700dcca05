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
  std::string queue;  ///< may be another one after a session was replaced
  AckMode ack = AckMode::after;
  Fate unmatched = Fate::hold;         ///< for messages that the filter leaves out
  std::optional<std::uint64_t> count;  ///< take this many and leave the next in the queue
  bool until_empty = false;
  std::optional<Duration> idle;    ///< stop when nothing came for this long
  std::uint16_t prefetch = 256;    ///< unsettled messages at once, what is held apart
  bool prefetch_is_given = false;  ///< by the user, so that it is never exceeded
  bool ramps = false;              ///< the prefetch grows from 1 with what is taken
  bool temporary = false;          ///< the queue is deleted with its connection
  bool forwards = false;           ///< messages are acknowledged when a copy of them is elsewhere

  /// Whether the run ends without a signal or a deadline.
  [[nodiscard]] bool ends_by_itself() const { return count || until_empty || idle; }
  /// The fate of a message that was handled successfully.
  [[nodiscard]] Fate handled() const {
    return ack == AckMode::reject ? Fate::reject : ack == AckMode::none ? Fate::hold : Fate::ack;
  }
};

/// How a run of consuming ended.
struct ConsumeReport {
  std::uint64_t taken = 0;  ///< messages handled: written, saved, or their command ended
  std::uint64_t acknowledged = 0;
  std::uint64_t rejected = 0;
  std::uint64_t returned = 0;  ///< requeued by a settlement
  std::uint64_t copied = 0;    ///< of the acknowledged ones: they went back as copies
  /// The number of messages settled with the broker.
  [[nodiscard]] std::uint64_t settled() const { return acknowledged + rejected + returned; }
  std::uint64_t retried = 0;      ///< attempts of a command after a message's first
  std::uint64_t parked = 0;       ///< copied into another queue and acknowledged
  std::uint64_t redelivered = 0;  ///< deliveries with the broker's redelivered flag
  Tally outcomes;                 ///< of messages that can fail one by one: ok or failed
  std::uint64_t maybe_twice = 0;  ///< the most messages that there may be two copies of
  std::optional<Error> error;     ///< the error that ended the run early
  bool interrupted = false;       ///< a stop signal ended the run
  bool reader_gone = false;       ///< the output's reader left, which is no error
};

}  // namespace mscomm
