#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/amqp/session.h"
#include "core/consume/delivery_ledger.h"
#include "core/consume/message_commands.h"
#include "core/output/writer.h"
#include "core/telemetry/context.h"

namespace mscomm {

enum class AckMode {
  automatic,  ///< acknowledged on receipt, before the record is written: at most once
  after,      ///< acknowledged after the record is written and flushed: at least once
  reject,     ///< rejected after the record is written and flushed: dead-lettered, or dropped
  none,       ///< never settled: everything goes back to the queue when the run ends
};

/// What becomes of a message whose command fails.
enum class OnFail {
  requeue,  ///< it goes back, after a pause or, when the run has an end of its own, then
  reject,   ///< it is dead-lettered, or dropped
  stop,     ///< it goes back and the run ends
};

/// What to take from a queue and when to stop.
struct ConsumePlan {
  std::string queue;
  AckMode ack = AckMode::after;
  Fate unmatched = Fate::hold;         ///< of messages that ConsumeHooks::matches turns down
  std::optional<std::uint64_t> count;  ///< take this many and leave the next in the queue
  bool until_empty = false;
  std::optional<Duration> idle;  ///< stop when nothing came for so long
  std::uint16_t prefetch = 256;  ///< unsettled messages at once
  bool temporary = false;        ///< the queue ends with its connection
  OnFail on_fail = OnFail::requeue;
  bool reply = false;  ///< what a command prints is the answer to its message
  FieldTable arguments;
};

/// How a run of consuming ended.
struct ConsumeReport {
  std::uint64_t taken = 0;  ///< records written, or commands ended
  std::uint64_t acknowledged = 0;
  std::uint64_t rejected = 0;
  std::uint64_t returned = 0;  ///< to the queue, as a settlement
  /// How many the broker was told what becomes of them.
  [[nodiscard]] std::uint64_t settled() const { return acknowledged + rejected + returned; }
  std::uint64_t redelivered = 0;  ///< came with the broker's mark that they had come before
  Tally commands;                 ///< how they ended: ok or failed
  std::optional<Error> error;     ///< what ended the run early
  bool interrupted = false;       ///< a stop signal did
  bool reader_gone = false;       ///< the reader of the output did, which is no error
};

/// Appends one message's record to the output.
using Render =
    std::function<void(std::string& out, const Delivery& delivery, WallTime received_at)>;

/// Whether a message is one of those that are asked for. Throws Error when that cannot be told.
using Matches = std::function<bool(const Delivery& delivery, WallTime received_at)>;

/// Replaces a lost session: ends it, connects again and prepares the queue, whose name in the plan
/// may be another one afterwards. Throws as Connector::reconnect().
using Reconnect = std::function<Session&(bool fruitful)>;

/// What a run calls; all but `render` may be empty.
struct ConsumeHooks {
  Render render;
  Matches matches;                      ///< without it every message is asked for
  Reconnect reconnect;                  ///< without it a lost connection ends the run
  MessageCommands* commands = nullptr;  ///< what handles messages instead of `render`
  bool streams_bodies = false;          ///< Delivery::file is written before what `render` appends
};

/// Consumes as the plan says, rendering each message that is asked for to `writer`.
///
/// A message is settled (unless the plan says otherwise) only after its record is written, and
/// where `writer` is a pipe only after the reader has taken the record out of it: so `| head -n 10`
/// takes ten messages and leaves the rest in the queue. While the output is blocked, heartbeats go
/// on. With commands each message is settled by how its own ended: 0 acknowledges, 3 rejects, 4
/// puts back, and for all else the plan's `on_fail` decides; 126 and 127, by which the shell says
/// that it cannot run the command, always end the run. Over a new connection everything that was
/// not settled comes again. Failures end up in the report, never as an exception.
ConsumeReport consume_all(Session& session, const ConsumePlan& plan, const ConsumeHooks& hooks,
                          Writer& writer, const Context& context);

}  // namespace mscomm
