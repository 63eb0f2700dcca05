#pragma once

#include <span>

namespace mscomm {

class StopSignal;
struct Environment;

/// Parses the command line, completes it from the environment and the profile, runs the command and
/// returns the process's exit status. Prints errors (on stderr) and help (on stdout).
///
/// Every long option takes its value from, in this order: the flag, the variable `MSCOMM_<NAME>`
/// (upper case, dashes as underscores; `AMQP_URL` too for --url), the profile, the default.
int run_cli(std::span<char*> arguments, const Environment& environment, const StopSignal& stop);

}  // namespace mscomm
