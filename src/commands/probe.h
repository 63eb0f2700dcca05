#pragma once

#include "commands/command.h"

namespace mscomm {

Runner bind_probe(CommandLine& line);

/// The fields of its records, for the manual.
std::vector<FieldHelp> probe_field_help();

}  // namespace mscomm
