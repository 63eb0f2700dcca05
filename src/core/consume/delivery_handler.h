#pragma once

#include <poll.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/amqp/session.h"
#include "core/consume/delivery_ledger.h"
#include "core/message/delivery_record.h"
#include "core/runtime/clock.h"
#include "core/runtime/error.h"

namespace mscomm {

/// What a handler has done so far.
struct Handled {
  std::uint64_t messages = 0;  ///< to their end, whatever that was
  Tally outcomes;              ///< of handlers whose messages can fail one by one
};

/// How much patience is left with what is under way when a run is over.
enum class Ending {
  finish,  ///< it may end by itself, but nothing new is begun
  stop,    ///< it is told to end
  kill,    ///< it is ended
};

/// What is done with the deliveries of a run: they are printed, saved, given to a command. The loop
/// that gives them does not know which, and learns what becomes of each from the ledger.
///
/// A delivery is open in the ledger when take() has returned. The handler decides about it in one
/// of the calls that have the ledger: about all that are open when it works in order, or by their
/// tags. What it never decides about goes back to the queue when the run ends.
///
/// A handler that is done with a message when flush() returns needs no more than the first group.
/// All calls may throw Interrupted, ReaderGone and Error, which end the run.
class DeliveryHandler {
 public:
  DeliveryHandler() = default;
  DeliveryHandler(const DeliveryHandler&) = delete;
  DeliveryHandler& operator=(const DeliveryHandler&) = delete;
  virtual ~DeliveryHandler() = default;

  /// Takes a delivery, whose views are valid during the call. True when flush() should come before
  /// the next one. When it throws, this delivery is not taken, and those before it still are.
  virtual bool take(const DeliveryRecord& record) = 0;
  /// Returns when what was taken has reached its reader or its file, and decides about it. Comes
  /// before each wait, and before the deliveries of a connection become void.
  virtual void flush(DeliveryLedger& ledger) = 0;
  [[nodiscard]] virtual const Handled& handled() const = 0;
  /// An output whose reader may leave, which ends the run; -1 without one.
  [[nodiscard]] virtual int output() const { return -1; }

  // Handlers that go on with a message after take(): with processes, or over another connection.

  /// Notices what has ended, decides about it, and begins what could not begin before. Comes after
  /// each wait.
  virtual void advance(DeliveryLedger& /*ledger*/) {}
  /// Whether messages are under way.
  [[nodiscard]] virtual bool is_working() const { return false; }
  /// Adds what must be polled for advance() to be called in time.
  virtual void append_polled(std::vector<pollfd>& /*polled*/) const {}
  /// When advance() is due even if nothing is ready.
  [[nodiscard]] virtual Deadline wake_at() const { return {}; }
  /// For people: what a deadline comes in the midst of, and what that means.
  [[nodiscard]] virtual std::string_view work() const {
    return "messages were under way; they go back";
  }
  /// Why nothing more is to be taken: with this the run ends when nothing is under way.
  [[nodiscard]] virtual const Error* failure() const { return nullptr; }

  // Handlers that publish over the consumer's own session.

  /// What it tells besides deliveries and its end.
  virtual void on_event(const Event& /*event*/, DeliveryLedger& /*ledger*/) {}
  /// Whether messages wait for such an event.
  [[nodiscard]] virtual bool awaits_events() const { return false; }

  // The end of a connection, and of the run.

  /// The connection is lost: all that is open comes again over another one. What is under way may
  /// end, but decides nothing.
  virtual void disown() {}
  /// The run is over. advance() still comes until nothing is under way or the deadline has passed;
  /// then comes the next Ending. What does not end well now is held.
  virtual void end(Ending /*how*/, const Deadline& /*until*/, DeliveryLedger& /*ledger*/) {}

  [[nodiscard]] bool is_busy() const { return is_working() || awaits_events(); }
};

}  // namespace mscomm
