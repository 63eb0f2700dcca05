#pragma once

#include "commands/command.h"

namespace mscomm {

Runner bind_fanout(CommandLine& line);

}  // namespace mscomm
