#pragma once

#include "commands/command.h"

namespace mscomm {

/// `get` and its sisters: one request with the command's own method. Rows of the command table.
Runner bind_get(CommandLine& line);
Runner bind_post(CommandLine& line);
Runner bind_put(CommandLine& line);
Runner bind_patch(CommandLine& line);
Runner bind_delete(CommandLine& line);
Runner bind_head(CommandLine& line);

/// The fields of its records, for the manual.
std::vector<FieldHelp> get_field_help();
/// The fields of a load run's summary, for the manual.
std::vector<FieldHelp> load_field_help();

}  // namespace mscomm
