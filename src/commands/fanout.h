#pragma once

#include "commands/command.h"

namespace mscomm {

Runner bind_fanout(CLI::App& app);

}  // namespace mscomm
