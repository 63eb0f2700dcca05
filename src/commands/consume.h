#pragma once

#include "commands/command.h"

namespace mscomm {

Runner bind_consume(CLI::App& app);

}  // namespace mscomm
