#pragma once

#include "commands/command.h"

namespace mscomm {

Runner bind_publish(CLI::App& app);

}  // namespace mscomm
