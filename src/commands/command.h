#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "core/runtime/exit_code.h"

namespace mscomm {

class CommandLine;
struct Context;

/// Runs a command whose options are parsed. Throws Error; returns the run's exit code.
using Runner = std::function<Exit(const Context&)>;

/// A field of a command's records, for the manual.
struct FieldHelp {
  std::string_view name;
  std::string_view help;
};

/// A row of the command table, which help (in its order), dispatch and --dump-cli read.
struct Command {
  std::string_view name;
  std::string_view summary;
  /// Declares the command's options, bound to a fresh options struct, and returns the closure that
  /// runs with it. Nothing runs inside parsing.
  Runner (*bind)(CommandLine& line);
  /// The fields of `--format json` and `--format '{name}'`; see field_help().
  std::vector<FieldHelp> (*fields)() = nullptr;
  /// The fields of a load run's summary.
  std::vector<FieldHelp> (*summary_fields)() = nullptr;
};

/// All commands, in help order.
std::span<const Command> command_table();

}  // namespace mscomm
