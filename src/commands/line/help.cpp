#include "commands/line/help.h"
#include "commands/line/option_traits.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "commands/command.h"
#include "commands/line/command_line.h"
#include "core/output/wrap.h"

namespace mscomm {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kColumn = 30;
constexpr std::size_t kCommandColumn = 12;

constexpr const char* kProgramExamples = R"(Examples:
  mscomm get http://localhost:8080/health
  mscomm publish --declare -q task_queue 'Hello World!'
  mscomm consume task_queue
  mscomm fanout --listen orders
  mscomm probe amqp://localhost http://localhost:8080/health --wait 30s
)";

// "  label      description", the description wrapped in its own column.
std::string entry(const std::string& label, const std::string& description, std::size_t column) {
  std::string out = "  " + label;
  if (out.size() + 2 > column) {
    out += '\n';
    out.append(column, ' ');
  } else {
    out.append(column - out.size(), ' ');
  }
  return out + wrap(description, kWidth, column) + '\n';
}

std::string description_of(const CLI::Option& option) {
  const auto shown = option.get_default_str();
  return shown.empty() ? option.get_description()
                       : fmt::format("{} [default:\u00a0{}]", option.get_description(), shown);
}

// " [needs --requests or --duration]"
std::string needs_of(const CommandLine& line, const CLI::Option& option) {
  std::string text;
  for (const auto& [other, relation] : line.relations()) {
    const auto others = other == &option && relation.kind == Relation::Kind::needs
                            ? shown_others(relation, line.app())
                            : std::vector<std::string>();
    if (!others.empty()) {
      text += fmt::format(" [needs\u00a0{}]", fmt::join(others, "\u00a0or\u00a0"));
    }
  }
  return text;
}

std::string usage_of(const CLI::App& app) {
  std::string usage = fmt::format("Usage: mscomm {} [options]", app.get_name());
  for (const auto* option : app.get_options()) {
    if (!option->get_positional()) {
      continue;
    }
    const auto name = option->get_name(true) + (is_repeatable(*option) ? "..." : "");
    usage += option->get_required() ? fmt::format(" {}", name) : fmt::format(" [{}]", name);
  }
  return usage + "\n";
}

std::string options_help(const CommandLine& line) {
  const auto& app = line.app();
  std::string out;
  for (const auto& group : app.get_groups()) {
    std::string entries;
    for (const auto* option : app.get_options()) {
      if (!group.empty() && option->get_group() == group && option->nonpositional()) {
        entries += entry(option_label(*option), description_of(*option) + needs_of(line, *option),
                         kColumn);
      }
    }
    if (!entries.empty()) {
      out += fmt::format("\n{}:\n{}", group, entries);
    }
  }
  return out;
}

std::string arguments_help(const CLI::App& app) {
  std::string entries;
  for (const auto* option : app.get_options()) {
    if (option->get_positional()) {
      entries += entry(option->get_name(true), description_of(*option), kColumn);
    }
  }
  return entries.empty() ? entries : "\nArguments:\n" + entries;
}

std::string exit_codes_help() {
  constexpr std::size_t kPerLine = 5;
  std::string out = "\nExit status:";
  for (std::size_t i = 0; i < exit_table().size(); ++i) {
    const auto& row = exit_table()[i];
    const bool is_last = i % kPerLine == kPerLine - 1 || i == exit_table().size() - 1;
    out += i % kPerLine == 0 ? "\n" : "";
    out += fmt::format("  {:>2} {:<{}}", static_cast<int>(row.code), row.name, is_last ? 0 : 11);
  }
  return out + "\n";
}

}  // namespace

std::string option_label(const CLI::Option& option) {
  std::string label;
  for (const auto& name : option.get_snames()) {
    label += fmt::format("-{}, ", name);
  }
  if (label.empty()) {
    label = "    ";
  }
  for (const auto& name : option.get_lnames()) {
    label += fmt::format("--{}, ", name);
  }
  label.resize(label.size() - 2);
  const auto value = option.get_type_name();
  if (value.empty()) {
    return label;
  }
  return label + (is_switch(option) ? "[=" + value + "]" : " " + value);
}

std::string command_help(const CommandLine& line) {
  const auto& app = line.app();
  auto summary = app.get_description() + ".";
  summary.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(summary.front())));
  std::string out = usage_of(app) + "\n" + wrap(summary, kWidth) + "\n";
  out += arguments_help(app) + options_help(line);
  const auto footer = app.get_footer();
  return footer.empty() ? out : out + "\n" + footer + (footer.ends_with('\n') ? "" : "\n");
}

std::string program_help(const CommandLine& line) {
  std::string out = "Usage: mscomm [options] COMMAND ...\n\n" + line.app().get_description() + "\n";
  std::string commands;
  for (const auto& command : command_table()) {
    commands += entry(std::string(command.name), std::string(command.summary), kCommandColumn);
  }
  if (!commands.empty()) {
    out += "\nCommands:\n" + commands;
  }
  return out + options_help(line) + "\n" + kProgramExamples + exit_codes_help() +
         "\n'mscomm help COMMAND' shows a command's options; see also mscomm(1).\n";
}

}  // namespace mscomm
