#pragma once

#include "core/runtime/clock.h"
#include "core/runtime/input_file.h"
#include "core/telemetry/log.h"
#include "core/telemetry/observer.h"

namespace mscomm {

struct Environment;
class StopSignal;

/// Everything a command receives besides its options. All of it outlives the command.
struct Context {
  const Environment& environment;
  Observer& observer;  ///< receives every notable step
  const Clock& clock;
  const StopSignal& stop;
  Deadline deadline = {};     ///< of the whole command (`--timeout`); none by default
  bool color_stdout = false;  ///< by `--color` and the terminal
  Log log{observer};          ///< words for people, through the observer

  /// For reading what options name.
  [[nodiscard]] Patience patience() const { return {deadline, stop}; }
};

}  // namespace mscomm
