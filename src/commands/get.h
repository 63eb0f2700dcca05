#pragma once

#include "commands/command.h"

namespace mscomm {

/// One request with each command's own method: rows of the command table.
Runner bind_get(CLI::App& app);
Runner bind_post(CLI::App& app);
Runner bind_put(CLI::App& app);
Runner bind_patch(CLI::App& app);
Runner bind_delete(CLI::App& app);
Runner bind_head(CLI::App& app);

/// What the manual says about the fields of its records.
std::vector<FieldHelp> get_field_help();
/// And of a load run's summary.
std::vector<FieldHelp> load_field_help();

}  // namespace mscomm
