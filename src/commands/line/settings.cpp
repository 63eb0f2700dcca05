#include "commands/line/settings.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <functional>

#include "commands/line/bound_command.h"
#include "commands/line/command_line.h"
#include "commands/line/help.h"
#include "commands/line/option_traits.h"
#include "commands/line/profile.h"
#include "core/consume/message_commands.h"
#include "core/runtime/environment.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

using Settings = std::map<std::string, Setting, std::less<>>;

constexpr std::string_view kVariablePrefix = "MSCOMM_";
constexpr std::string_view kBrokerVariable = "AMQP_URL";
constexpr std::array<std::string_view, 5> kVerbs{"post", "put", "patch", "delete", "head"};

// One source of values. The `origin` it returns is complete, with the key.
using Layer = std::function<std::optional<Setting>(const CLI::Option&)>;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// Usually nothing is set, and looking up a hundred options can be skipped.
bool has_settings(const Environment& environment) {
  const auto first = environment.variables.lower_bound(kVariablePrefix);
  return environment.get(kBrokerVariable) ||
         (first != environment.variables.end() && first->first.starts_with(kVariablePrefix));
}

std::optional<Setting> from_environment(const CLI::Option& option, const Environment& environment) {
  for (const auto& name : option.get_lnames()) {
    auto variable = variable_name(name);
    if (variable.starts_with(kMessageVariable)) {
      continue;  // --exec sets these for its command, about one message; they are no settings
    }
    auto value = environment.get(variable);
    if (!value && name == "url") {
      variable = kBrokerVariable;
      value = environment.get(variable);
    }
    if (value) {
      return Setting{is_repeatable(option) ? lines_of(*value) : std::vector{*value}, variable};
    }
  }
  return std::nullopt;
}

std::optional<Setting> from_table(const CLI::Option& option, const Settings& table) {
  for (const auto& name : option.get_lnames()) {
    if (const auto found = table.find(name); found != table.end()) {
      return Setting{found->second.values, fmt::format("{}: {}", found->second.origin, name)};
    }
  }
  return std::nullopt;
}

// Replaces the option's name, with which its message begins, by the origin of the value.
Error at_origin(const Error& error, const CLI::Option& option, const std::string& origin) {
  std::string message = error.what();
  const auto prefix = option.get_name() + ": ";
  if (message.starts_with(prefix)) {
    message.erase(0, prefix.size());
  }
  return Error(error.reason(), fmt::format("{}: {}", origin, message), error.hint());
}

void set(CLI::Option& option, const Candidate& candidate) {
  if (!is_repeatable(option) && candidate.values.size() != 1) {
    throw Error(Exit::usage, fmt::format("{}: takes one value, not a list", candidate.source.name));
  }
  if (candidate.values.empty()) {
    return;
  }
  try {
    option.add_result(candidate.values);
    option.run_callback();
  } catch (const Error& error) {
    throw at_origin(error, option, candidate.source.name);
  } catch (const CLI::ParseError& error) {
    throw Error(Exit::usage, fmt::format("{}: {}", candidate.source.name, error.what()));
  }
}

// For each option that the command line left open, the value of the strongest source that has one.
Candidates candidates_of(const CLI::App& app, const std::vector<Layer>& layers) {
  Candidates candidates;
  for (const auto* const option : app.get_options({})) {
    if (layers.empty() || option->count() > 0 || !option->get_configurable()) {
      continue;
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (const auto setting = layers[i](*option)) {
        candidates.emplace(option, Candidate{setting->values, {i + 1, setting->origin}});
        break;
      }
    }
  }
  return candidates;
}

const Settings* table_of(const Profile& profile, std::string_view command) {
  const auto found = profile.by_command.find(command);
  return found == profile.by_command.end() ? nullptr : &found->second;
}

// The command's own table is stronger than what is shared.
void add_profile(std::vector<Layer>& layers, const Profile& profile, std::string_view command) {
  const auto add_table = [&](const Settings* table) {
    if (table != nullptr && !table->empty()) {
      layers.push_back([table](const auto& option) { return from_table(option, *table); });
    }
  };
  add_table(table_of(profile, command));
  if (std::ranges::find(kVerbs, command) != kVerbs.end()) {
    add_table(table_of(profile, "get"));
  }
  add_table(&profile.shared);
}

void fill(const std::vector<Layer>& layers, CommandLine& line) {
  auto candidates = candidates_of(line.app(), layers);
  drop_idle(candidates, line.app(), line.relations());
  Sources sources;
  for (auto* const option : line.app().get_options({})) {
    if (const auto found = candidates.find(option); found != candidates.end()) {
      set(*option, found->second);
      sources.emplace(option, std::move(found->second.source));
    }
  }
  check_relations(line.app(), line.relations(), sources);
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

void check_table(const std::string& command_name, const Settings& settings,
                 const BoundCommand& current) {
  const auto* command = find_command(command_name);
  if (command == nullptr) {
    std::vector<std::string> commands;
    for (const auto& row : command_table()) {
      commands.emplace_back(row.name);
    }
    const auto origin = settings.empty() ? std::string("profile") : settings.begin()->second.origin;
    throw Error(Exit::usage, fmt::format("{}: '{}' is not a command", origin, command_name),
                suggestion(command_name, commands));
  }
  const auto known = command == current.command ? configurable_names(*current.app)
                                                : configurable_names(*BoundCommand(*command).app);
  for (const auto& [name, setting] : settings) {
    if (!contains(known, name)) {
      throw Error(Exit::usage,
                  fmt::format("{}: '{}' has no option '{}'", setting.origin, command_name, name),
                  suggestion(name, known));
    }
  }
}

}  // namespace

std::string variable_name(const std::string& option_name) {
  auto name = std::string(kVariablePrefix) + option_name;
  for (auto& c : name) {
    c = c == '-' || c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

void apply_settings(BoundCommand& command, const Environment& environment, const Profile& profile) {
  std::vector<Layer> layers;
  if (has_settings(environment)) {
    layers.emplace_back([&](const auto& option) { return from_environment(option, environment); });
  }
  add_profile(layers, profile, command.command->name);
  fill(layers, *command.line);
}

void apply_profile(CommandLine& line, const Profile& profile, std::string_view command) {
  std::vector<Layer> layers;
  add_profile(layers, profile, command);
  fill(layers, line);
}

void check_profile(const Profile& profile, const BoundCommand& current) {
  for (const auto& [command, settings] : profile.by_command) {
    check_table(command, settings, current);
  }
  auto known = configurable_names(*current.app);
  // Binding the other commands takes a millisecond; only a key that this command lacks needs it.
  const bool needs_others = std::ranges::any_of(
      profile.shared, [&](const auto& entry) { return !contains(known, entry.first); });
  for (const auto& row : needs_others ? command_table() : std::span<const Command>()) {
    const auto names = configurable_names(*BoundCommand(row).app);
    known.insert(known.end(), names.begin(), names.end());
  }
  for (const auto& [name, setting] : profile.shared) {
    if (!contains(known, name)) {
      throw Error(Exit::usage,
                  fmt::format("{}: no command has an option '{}'", setting.origin, name),
                  suggestion(name, known));
    }
  }
}

}  // namespace mscomm
