#pragma once

#include "commands/command.h"

namespace mscomm {

/// The circuits that calls with --breaker leave behind: looks at them, opens and closes them by
/// hand.
Runner bind_breaker(CommandLine& line);

/// What the manual says about the fields of its records.
std::vector<FieldHelp> breaker_field_help();

}  // namespace mscomm
