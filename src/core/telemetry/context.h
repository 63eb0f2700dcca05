#pragma once

#include "core/runtime/clock.h"
#include "core/telemetry/log.h"
#include "core/telemetry/observer.h"

namespace mscomm {

struct Environment;
class StopSignal;

/// What every command is handed besides its options. All of it outlives the command.
struct Context {
  const Environment& environment;
  Observer& observer;  ///< is told every notable step
  const Clock& clock;
  const StopSignal& stop;
  Deadline deadline = {};     ///< of the whole command (`--timeout`); none by default
  bool color_stdout = false;  ///< what `--color` and the terminal come to
  Log log{observer};          ///< words for people, through the observer
};

}  // namespace mscomm
