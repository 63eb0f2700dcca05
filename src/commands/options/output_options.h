#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "commands/command.h"
#include "core/output/record.h"

namespace mscomm {

class CommandLine;

enum class OutputFormat {
  raw,     ///< the payload as it came
  text,    ///< for people
  json,    ///< one compact object a line
  custom,  ///< OutputOptions::format_string
};

/// The format and the destination of the output.
struct OutputOptions {
  OutputFormat format = OutputFormat::raw;
  std::string format_string;        ///< with OutputFormat::custom, for FormatString
  std::optional<std::string> file;  ///< instead of stdout; `-` is stdout
};

/// Whether a command's records have a payload, which --format raw prints.
enum class Payload { present, absent };

/// What the help of --format and --out says of one command.
struct OutputHelp {
  std::string example;  ///< a format string with fields of its records, quoted as in a shell
  std::string out;      ///< when a file is replaced, and by what
};

/// Adds --format and -o/--out. `options.format` is the default of --format.
void bind_output_options(CommandLine& line, OutputOptions& options, const OutputHelp& help,
                         Payload payload = Payload::present);

/// A record's fields as the command table holds them, for the manual.
template <class R>
std::vector<FieldHelp> field_help(std::span<const Field<R>> fields) {
  std::vector<FieldHelp> rows;
  for (const auto& field : fields) {
    rows.push_back({field.name, field.help});
  }
  return rows;
}

}  // namespace mscomm
