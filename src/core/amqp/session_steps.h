#pragma once

#include <string_view>

#include "core/amqp/session.h"
#include "core/runtime/clock.h"
#include "core/runtime/error.h"
#include "core/telemetry/observer.h"

namespace mscomm {

// Warnings about the connection of a session, for the loops that use one.

/// Lets few warnings through in a second: a broker that blocks and unblocks without end is not to
/// fill the log.
class WarningGate {
 public:
  bool lets_through(TimePoint now) {
    constexpr int kMost = 10;
    if (now - began_ >= std::chrono::seconds(1)) {
      began_ = now;
      told_ = 0;
    }
    return ++told_ <= kMost;
  }

 private:
  TimePoint began_;
  int told_ = 0;
};

/// The connection is lost, for the reason `why`; another one is being opened.
void tell_lost(const Session& session, const Error& why, Observer& observer);
/// Another connection took its place after the time `without` one; `text` is the whole message.
void tell_recovered(const Session& session, Duration without, StepFields fields,
                    std::string_view text, Observer& observer);
/// An alarm blocks publishers. `so` follows the reason in the message: "; waiting", or nothing.
void tell_blocked(const Session& session, const Blocked& blocked, std::string_view so,
                  Observer& observer);
/// The alarm is over: the broker `does_again`, for example "accepts messages again".
void tell_unblocked(const Session& session, std::string_view does_again, Observer& observer);

}  // namespace mscomm
