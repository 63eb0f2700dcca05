#pragma once

#include "commands/command.h"

namespace mscomm {

Runner bind_probe(CommandLine& line);

/// What the manual says about the fields of its records.
std::vector<FieldHelp> probe_field_help();

}  // namespace mscomm
