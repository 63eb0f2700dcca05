#pragma once

#include "commands/command.h"

namespace mscomm {

/// Lists, opens and closes the circuit breakers that calls with --breaker keep on disk.
Runner bind_breaker(CommandLine& line);

/// The fields of its records, for the manual.
std::vector<FieldHelp> breaker_field_help();

}  // namespace mscomm
