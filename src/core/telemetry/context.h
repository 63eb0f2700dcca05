#pragma once

#include "core/runtime/clock.h"

namespace mscomm {

struct Environment;
class Log;
class StopSignal;

/// What every command is handed besides its options. All of it outlives the command.
struct Context {
  const Environment& environment;
  Log& log;
  const Clock& clock;
  const StopSignal& stop;
  Deadline deadline;          ///< of the whole command (`--timeout`); none by default
  bool color_stdout = false;  ///< what `--color` and the terminal come to
};

}  // namespace mscomm
