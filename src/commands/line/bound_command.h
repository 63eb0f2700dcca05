#pragma once

#include <memory>
#include <string>
#include <vector>

#include "commands/command.h"
#include "commands/line/command_line.h"
#include "commands/line/common_options.h"

namespace mscomm {

/// A command with its options, ready to parse. Each command is a parser of its own, without
/// subcommands: only what the run needs is built, and no argument can be taken for a command.
struct BoundCommand {
  const Command* command = nullptr;
  std::unique_ptr<CommonOptions> common;
  std::unique_ptr<CLI::App> app;
  std::unique_ptr<CommandLine> line;
  Runner run;

  explicit BoundCommand(const Command& row);
  ~BoundCommand();
  BoundCommand(const BoundCommand&) = delete;
  BoundCommand& operator=(const BoundCommand&) = delete;
};

/// The command of that name, or nullptr.
const Command* find_command(std::string_view name);

/// The long names of the options that environment and profile may give to `app`.
std::vector<std::string> configurable_names(const CLI::App& app);

/// Makes the empty value of `--name=` a word of its own: CLI11 would take the next argument for it.
/// Throws Error{usage} for a switch.
void split_empty_values(const CLI::App& app, std::vector<std::string>& words);

/// Parses `words`, after split_empty_values(). Throws Error{usage} with mscomm's wording, not
/// CLI11's, and with a suggestion where a name is near. CLI::CallForHelp and CLI::CallForVersion
/// pass through.
void parse_words(CLI::App& app, std::vector<std::string> words);

/// The name of the option in a word of the command line, without what follows it, which may be a
/// secret: "--password" of "--password=s3cret", "-u" of "-ume:s3cret".
std::string named_option(const std::string& word);

/// A name that was probably meant, as a hint: "did you mean '--queue'?", or `otherwise`.
std::string suggestion(const std::string& word, const std::vector<std::string>& candidates,
                       const std::string& otherwise = {});

}  // namespace mscomm
