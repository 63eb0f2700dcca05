#pragma once

#include "commands/command.h"

namespace mscomm {

/// One request with each command's own method: rows of the command table.
Runner bind_get(CommandLine& line);
Runner bind_post(CommandLine& line);
Runner bind_put(CommandLine& line);
Runner bind_patch(CommandLine& line);
Runner bind_delete(CommandLine& line);
Runner bind_head(CommandLine& line);

/// What the manual says about the fields of its records.
std::vector<FieldHelp> get_field_help();
/// And of a load run's summary.
std::vector<FieldHelp> load_field_help();

}  // namespace mscomm
