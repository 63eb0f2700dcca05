#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/amqp/session.h"
#include "core/output/writer.h"
#include "core/runtime/context.h"

namespace mscomm {

enum class AckMode {
  automatic,  ///< on receipt, before the record is written: at most once
  after,      ///< after the record is written and flushed: at least once
  none,       ///< never: everything goes back to the queue
};

/// What to take from a queue and when to stop.
struct ConsumePlan {
  std::string queue;
  AckMode ack = AckMode::after;
  std::optional<std::uint64_t> count;  ///< take this many and leave the next in the queue
  bool until_empty = false;
  std::optional<Duration> idle;  ///< stop when nothing came for so long
  std::uint16_t prefetch = 256;  ///< unacknowledged messages at once
  bool exclusive = false;
  FieldTable arguments;
};

/// How a run of consuming ended.
struct ConsumeReport {
  std::uint64_t taken = 0;  ///< records written
  std::uint64_t acknowledged = 0;
  std::optional<Error> error;  ///< what ended the run early
  bool interrupted = false;    ///< a stop signal did
  bool reader_gone = false;    ///< the reader of the output did, which is no error
};

/// Appends one message's record to the output.
using Render =
    std::function<void(std::string& out, const Delivery& delivery, WallTime received_at)>;

/// Consumes as the plan says, rendering each message to `writer`.
///
/// A message is acknowledged (unless the plan says otherwise) only after its record is written, and
/// where `writer` is a pipe only after the reader has taken the record out of it: so `| head -n 10`
/// takes ten messages and leaves the rest in the queue. While the output is blocked, heartbeats go
/// on. Failures end up in the report, never as an exception.
ConsumeReport consume_all(Session& session, const ConsumePlan& plan, const Render& render,
                          Writer& writer, const Context& context);

}  // namespace mscomm
