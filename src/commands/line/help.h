#pragma once

#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace mscomm {

class CommandLine;

/// The names and the value of an option as help shows them: "-q, --queue NAME", "--declare[=KIND]".
std::string option_label(const CLI::Option& option);

/// The text of `mscomm NAME --help`: usage, description, arguments, options by heading, and the
/// footer (examples) that the command set; 80 columns.
std::string command_help(const CommandLine& line);

/// The text of `mscomm --help`; `line` has the common options.
std::string program_help(const CommandLine& line);

/// The whole command line as JSON, from the same objects that parse it: the source of the OPTIONS
/// and EXIT STATUS sections of the manual (scripts/docs).
std::string dump_cli();

}  // namespace mscomm
