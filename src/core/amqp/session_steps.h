#pragma once

#include <string_view>

#include "core/amqp/session.h"
#include "core/runtime/error.h"
#include "core/telemetry/observer.h"

namespace mscomm {

// What a loop over a session tells of its connection, as warnings.

/// It ended, and another is made.
void tell_lost(const Session& session, const Error& why, Observer& observer);
/// Another took its place after a while without one; `text` says what that means.
void tell_recovered(const Session& session, Duration without, StepFields fields,
                    std::string_view text, Observer& observer);
/// An alarm of the broker's stops publishers. `so` follows the reason: "; waiting", or nothing.
void tell_blocked(const Session& session, const Blocked& blocked, std::string_view so,
                  Observer& observer);
/// The alarm is over: the broker `does_again`, for example "accepts messages again".
void tell_unblocked(const Session& session, std::string_view does_again, Observer& observer);

}  // namespace mscomm
