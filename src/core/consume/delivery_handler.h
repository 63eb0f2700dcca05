#pragma once

#include <poll.h>

#include <chrono>
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
  std::uint64_t messages = 0;     ///< handled to their end, successful or not
  std::uint64_t retried = 0;      ///< attempts after a message's first
  std::uint64_t parked = 0;       ///< copied into another queue after they failed
  Tally outcomes;                 ///< for handlers whose messages can fail one by one
  std::uint64_t maybe_twice = 0;  ///< the most messages that there may be two copies of
};

/// How long work under way may go on by itself when a run ends early, unless the user says
/// otherwise.
inline constexpr Duration kUsualDrain = std::chrono::seconds(5);

/// How work that is under way is ended when a run is over, in this order.
enum class Ending {
  finish,  ///< it may finish, but nothing new begins
  stop,    ///< it is asked to end
  kill,    ///< it is ended by force
};

/// Handles the deliveries of a run: prints them, saves them or gives them to a command. The consume
/// loop does not know which; it learns each delivery's fate from the ledger.
///
/// A delivery is open in the ledger once take() has returned. The handler decides about it in one
/// of the calls that get the ledger: about all open ones if it works in order, or by delivery tag.
/// A delivery that it never decides about goes back to the queue when the run ends. Until then it
/// takes a place of the prefetch window: a handler must decide before the window is full, or the
/// broker sends no more. Fate::hold makes room, too: also of a message on which work goes on, until
/// end() makes it open again.
///
/// A handler that is done with a message when flush() returns needs only the first group of calls.
/// All calls may throw Interrupted, ReaderGone and Error, which end the run.
class DeliveryHandler {
 public:
  DeliveryHandler() = default;
  DeliveryHandler(const DeliveryHandler&) = delete;
  DeliveryHandler& operator=(const DeliveryHandler&) = delete;
  virtual ~DeliveryHandler() = default;

  /// Takes a delivery; its views are valid during the call. True when flush() should come before
  /// the next one. If it throws, only this delivery is not taken.
  virtual bool take(const DeliveryRecord& record) = 0;
  /// Returns when everything taken has reached its reader or its file, and decides about it. Called
  /// before each wait, and before a connection's delivery tags become invalid.
  virtual void flush(DeliveryLedger& ledger) = 0;
  [[nodiscard]] virtual const Handled& handled() const = 0;
  /// The descriptor of an output whose reader may leave, which ends the run; -1 if there is none.
  [[nodiscard]] virtual int output() const { return -1; }

  // For handlers that work on a message after take(): with processes, or over another connection.

  /// Collects finished work, decides about its messages, and starts work that had to wait. Called
  /// after each batch of deliveries, before the next wait.
  virtual void advance(DeliveryLedger& /*ledger*/) {}
  /// Whether a delivery should be taken now: while not, none is read from the broker.
  [[nodiscard]] virtual bool has_room() const { return true; }
  /// Whether messages are under way.
  [[nodiscard]] virtual bool is_working() const { return false; }
  /// Adds the descriptors to poll so that advance() is called in time.
  virtual void append_polled(std::vector<pollfd>& /*polled*/) const {}
  /// When advance() is due even if nothing is ready.
  [[nodiscard]] virtual Deadline wake_at() const { return {}; }
  /// For the error at the deadline, after "while": the work under way and what happens to it.
  [[nodiscard]] virtual std::string_view work() const {
    return "messages were under way; they go back";
  }
  /// The error after which nothing more is taken; the run ends with it once no work is under way.
  [[nodiscard]] virtual const Error* failure() const { return nullptr; }

  // For handlers that publish over the consumer's own session.

  /// Takes the session's events other than deliveries and its end: confirms, for example.
  virtual void on_event(const Event& /*event*/, DeliveryLedger& /*ledger*/) {}
  /// Whether messages wait for such an event.
  [[nodiscard]] virtual bool awaits_events() const { return false; }

  // The end of a connection, and of the run.

  /// The connection is lost: all open deliveries come again over another one. Work under way may
  /// finish, but no longer decides about its message.
  virtual void disown() {}
  /// The run is over, for whatever reason; the handler may still write. advance() is called until
  /// no work is under way or `until` has passed; then the next Ending follows, unless nothing is
  /// under way. What is held goes back at once, where others take it: a message on which work goes
  /// on must be open, and is held when that does not succeed.
  virtual void end(Ending /*how*/, const Deadline& /*until*/, DeliveryLedger& /*ledger*/) {}

  /// How long work under way may go on by itself after a stop signal.
  [[nodiscard]] virtual Duration drain() const { return kUsualDrain; }

  [[nodiscard]] bool is_busy() const { return is_working() || awaits_events(); }
};

}  // namespace mscomm
