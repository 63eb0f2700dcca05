#pragma once

#include "commands/command.h"

namespace mscomm {

Runner bind_consume(CommandLine& line);

}  // namespace mscomm
