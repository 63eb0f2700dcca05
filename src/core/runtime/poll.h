#pragma once

#include <poll.h>

#include <span>

#include "core/runtime/clock.h"

namespace mscomm {

class StopSignal;

enum class Wake {
  ready,     ///< at least one descriptor has events (see its `revents`)
  deadline,  ///< the deadline passed first
  stopped,   ///< a stop signal came
};

/// The place where mscomm sleeps: waits until a descriptor is ready, the deadline passes or a stop
/// signal arrives. A negative `fd` is ignored, as in poll(2). Sets every entry's `revents`.
/// Elsewhere there are only naps of milliseconds (connect_tcp(), BreakerStore) and the Watchdog's
/// grace.
Wake wait_for(std::span<pollfd> descriptors, const Deadline& deadline, const StopSignal& stop);

/// As wait_for() for one descriptor. Throws Interrupted on a stop signal; returns false when the
/// deadline passed.
bool wait_or_throw(int fd, short events, const Deadline& deadline, const StopSignal& stop);

/// Whether `fd` has one of `events` now, or an error, which the next call on it reports.
bool is_ready(int fd, short events);

/// Sleeps until `until`. Throws Interrupted on a stop signal.
void sleep_or_throw(const Deadline& until, const StopSignal& stop);

}  // namespace mscomm
