#include "commands/line/bound_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "commands/line/foreign_options.h"
#include "commands/line/help.h"
#include "commands/line/option_traits.h"
#include "core/runtime/error.h"
#include "core/runtime/redact.h"
#include "core/runtime/spelling.h"

namespace mscomm {
namespace {

std::vector<std::string> dashed_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

// The first word that looks like an option; none if it is `--`, which ends the options.
auto find_option(const std::vector<std::string>& words) {
  const auto found = std::ranges::find_if(
      words, [](const auto& word) { return word.size() > 1 && word.front() == '-'; });
  return found != words.end() && *found == "--" ? words.end() : found;
}

// What the command takes instead of a further argument.
std::string_view one_argument_too_many(const CLI::App& app) {
  const auto& command = app.get_name();
  const auto given = [&app](const char* option) { return app.get_option(option)->count() > 0; };
  if (command == "publish" && !given("--queue") && !given("--exchange")) {
    return "the queue is an option: mscomm publish -q QUEUE BODY; ";
  }
  return command == "publish" || command == "fanout"
             ? "a body of several words stands in quotes, several bodies on the lines of --lines; "
         : command == "consume" ? "one queue is read; "
                                : "";
}

// A letter is near to nothing: only a known one gets a suggestion.
Error unknown_option(const CLI::App& app, const std::string& name, const std::string& help) {
  const auto foreign = std::string(foreign_option_hint(app.get_name(), name));
  return Error(Exit::usage, fmt::format("unknown option '{}'", name),
               !foreign.empty()         ? foreign
               : name.starts_with("--") ? suggestion(name, dashed_names(app), help)
                                        : help);
}

// An unknown option is reported before an unexpected argument, which may be that option's value.
Error unplaced(const CLI::App& app, const std::vector<std::string>& words) {
  const auto option = find_option(words);
  const auto help = app.get_name().empty() ? std::string("see 'mscomm --help'")
                                           : fmt::format("see 'mscomm {} --help'", app.get_name());
  if (option != words.end()) {
    return unknown_option(app, named_option(*option), help);
  }
  const auto word = std::ranges::find_if(words, [](const auto& each) { return each != "--"; });
  return Error(Exit::usage,
               fmt::format("unexpected argument '{}'",
                           shown_url(word == words.end() ? words.front() : *word)),
               fmt::format("{}{}", one_argument_too_many(app), help));
}

std::string before(const std::string& text, std::string_view separator) {
  return text.substr(0, text.find(separator));
}

Error reworded(const CLI::App& app, const CLI::ParseError& error) {
  const auto extras = app.remaining();
  const std::string kind = error.get_name();
  const std::string what = error.what();
  // An ExtrasError carries the app's name, not the option's.
  const bool has_extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  if (has_extras || find_option(extras) != extras.end()) {
    return unplaced(app, extras);
  }
  const auto name = before(what, kind == "ArgumentMismatch" ? ":" : " ");
  const auto* option = name.empty() ? nullptr : app.get_option_no_throw(name);
  if (kind == "ArgumentMismatch" && option != nullptr) {
    return Error(Exit::usage, fmt::format("{} needs a value", name),
                 fmt::format("write {} {}", name, option->get_type_name()));
  }
  if (kind == "RequiredError") {
    return Error(Exit::usage, fmt::format("{} is missing", name),
                 fmt::format("see 'mscomm {} --help'", app.get_name()));
  }
  return Error(Exit::usage, before(what, "\n"));
}

}  // namespace

void split_empty_values(const CLI::App& app, std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    if (!words[i].starts_with("--") || words[i].find('=') != words[i].size() - 1) {
      continue;
    }
    const auto name = words[i].substr(0, words[i].size() - 1);
    const auto* option = app.get_option_no_throw(name);
    if (option == nullptr) {
      continue;
    }
    if (is_switch(*option)) {
      throw Error(Exit::usage, fmt::format("{} has no value after the equals sign", name));
    }
    words[i] = name;
    words.emplace(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  }
}

std::string named_option(const std::string& word) {
  return word.starts_with("--") ? word.substr(0, word.find_first_of("=: ")) : word.substr(0, 2);
}

BoundCommand::BoundCommand(const Command& row)
    : command(&row),
      common(std::make_unique<CommonOptions>()),
      app(std::make_unique<CLI::App>(std::string(row.summary), std::string(row.name))),
      line(std::make_unique<CommandLine>(*app, common.get())) {
  app->set_help_flag();
  run = row.bind(*line);
  bind_common_options(*line, *common);
}

BoundCommand::~BoundCommand() = default;

const Command* find_command(std::string_view name) {
  for (const auto& command : command_table()) {
    if (command.name == name) {
      return &command;
    }
  }
  return nullptr;
}

std::vector<std::string> configurable_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    if (option->get_configurable()) {
      names.insert(names.end(), option->get_lnames().begin(), option->get_lnames().end());
    }
  }
  return names;
}

void parse_words(CLI::App& app, std::vector<std::string> words) {
  split_empty_values(app, words);
  std::ranges::reverse(words);  // CLI11 takes its arguments from the back
  try {
    app.parse(std::move(words));
  } catch (const CLI::Success&) {
    throw;
  } catch (const CLI::ParseError& error) {
    throw reworded(app, error);
  }
}

std::string suggestion(const std::string& word, const std::vector<std::string>& candidates,
                       const std::string& otherwise) {
  auto near = nearest(word, candidates);
  for (const auto& each : candidates) {
    if (near.empty() && each.starts_with(word)) {
      near = each;
    }
  }
  return near.empty() ? otherwise : fmt::format("did you mean '{}'?", near);
}

}  // namespace mscomm
