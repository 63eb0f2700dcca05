#pragma once

#include <thread>

#include "core/runtime/clock.h"
#include "core/runtime/files.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Ends the process when a LongStep, which cannot be interrupted, still runs `grace` after the
/// command's deadline (with Exit::timeout and a message) or after a stop signal (by that signal).
/// It has a thread for its lifetime.
class Watchdog {
 public:
  explicit Watchdog(const Context& context, Duration grace = std::chrono::milliseconds(50));
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void watch(const Context& context, Duration grace) const;

  UniqueFd ended_;  // an eventfd(2), readable when the command is done
  std::thread thread_;
};

}  // namespace mscomm
