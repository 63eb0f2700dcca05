#pragma once

#include "commands/command.h"

namespace mscomm {

Runner bind_publish(CommandLine& line);

}  // namespace mscomm
