#pragma once

#include <thread>

#include "core/runtime/clock.h"
#include "core/runtime/files.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Ends the process when `grace` after the command's deadline or a stop signal, or later,
/// `is_stuck` says that what cannot be interrupted still runs, as a program of libjq: with
/// Exit::timeout and a message that names `what`, or by that signal. While it lives, it is a
/// thread, which calls `is_stuck`.
class Watchdog {
 public:
  Watchdog(const Context& context, const char* what, bool (*is_stuck)(),
           Duration grace = std::chrono::seconds(1));
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void watch(const Context& context, const char* what, bool (*is_stuck)(), Duration grace) const;

  UniqueFd ended_;  // an eventfd(2), readable when the command is done
  std::thread thread_;
};

}  // namespace mscomm
