#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>

#include "core/runtime/clock.h"

namespace mscomm {

/// The time in which a thread does what cannot be interrupted: a jq program, the validation of a
/// large document. A Watchdog ends the process when a step outlasts a stop signal or the deadline.
class LongStep {
 public:
  /// `what` is for the message, a literal: "a jq program was running". A step that takes more than
  /// a megabyte of `memory` waits until no other such step runs, so that the threads of a process
  /// together take no more than one does.
  LongStep(const char* what, std::uint64_t memory);
  ~LongStep();
  LongStep(const LongStep&) = delete;
  LongStep& operator=(const LongStep&) = delete;

  struct Begun {
    TimePoint at;
    const char* what;
  };

  /// The oldest step that still runs, in any thread.
  static std::optional<Begun> oldest();

 private:
  std::unique_lock<std::mutex> turn_;
  std::list<Begun>::iterator begun_;
};

}  // namespace mscomm
