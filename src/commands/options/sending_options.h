#pragma once

#include "core/publish/sending.h"

namespace mscomm {

class CommandLine;

/// Adds --no-confirm, --no-mandatory, --window, --confirm-timeout, --rate, --report and
/// --resume-file.
void bind_sending_options(CommandLine& line, Sending& options);

}  // namespace mscomm
