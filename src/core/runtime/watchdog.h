#pragma once

#include <thread>

#include "core/runtime/clock.h"
#include "core/runtime/context.h"

namespace mscomm {

/// Ends the process when its command does not: `grace` after the command's deadline with
/// Exit::timeout and a message that names `what`, and so long after a stop signal by that signal.
/// For what cannot be interrupted otherwise, as a program of libjq. While it lives, it is a thread.
class Watchdog {
 public:
  Watchdog(const Context& context, const char* what, Duration grace = std::chrono::seconds(1));
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void watch(const Context& context, const char* what, Duration grace) const;

  int ended_;  // an eventfd(2), readable when the command is done
  std::thread thread_;
};

}  // namespace mscomm
