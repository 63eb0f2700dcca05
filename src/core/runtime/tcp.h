#pragma once

#include <cstdint>
#include <string>

#include "core/runtime/clock.h"
#include "core/runtime/files.h"

namespace mscomm {

class StopSignal;

/// A connected, non-blocking TCP socket with TCP_NODELAY and close-on-exec.
///
/// Resolves the name and tries its addresses in turn. Each gets an equal share of the time left, so
/// that one black-holed address does not hide another that works. Throws Error{unreachable} with
/// the system's reason, Error{timeout} when the deadline passed, and Interrupted on a stop signal.
/// `what` names the target in messages, for example "amqp://localhost:5672/".
UniqueFd connect_tcp(const std::string& host, std::uint16_t port, const std::string& what,
                     const Deadline& deadline, const StopSignal& stop);

}  // namespace mscomm
