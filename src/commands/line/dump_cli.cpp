#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "commands/line/bound_command.h"
#include "commands/line/help.h"
#include "commands/line/option_traits.h"
#include "commands/line/settings.h"
#include "core/runtime/exit_code.h"
#include "core/runtime/version.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

// The relations of an option as they were written: "--ack!=after".
Json others_json(const CommandLine& line, const CLI::Option& option, Relation::Kind kind) {
  Json all = Json::array();
  for (const auto& [other, relation] : line.relations()) {
    if (other == &option && relation.kind == kind) {
      all.push_back(shown_others(relation, line.app()));
    }
  }
  return all;
}

Json option_json(const CommandLine& line, const CLI::Option& option) {
  Json names = Json::array();
  for (const auto& name : option.get_snames()) {
    names.push_back("-" + name);
  }
  for (const auto& name : option.get_lnames()) {
    names.push_back("--" + name);
  }
  const bool has_variable = option.get_configurable() && !option.get_lnames().empty();
  return {{"names", names},
          {"value", option.get_type_name()},
          {"value_is_optional", is_switch(option)},
          {"may_be_empty", line.may_be_empty(option)},
          {"default", option.get_default_str()},
          {"group", option.get_group()},
          {"help", option.get_description()},
          {"repeatable", is_repeatable(option)},
          {"needs", others_json(line, option, Relation::Kind::needs)},
          {"excludes", others_json(line, option, Relation::Kind::excludes)},
          {"variable", has_variable ? variable_name(option.get_lnames().front()) : ""}};
}

Json argument_json(const CommandLine& line, const CLI::Option& option) {
  return {{"name", option.get_name(true)},
          {"may_be_empty", line.may_be_empty(option)},
          {"help", option.get_description()},
          {"required", option.get_required()},
          {"repeatable", is_repeatable(option)}};
}

Json fields_json(std::vector<FieldHelp> (*fields)()) {
  Json result = Json::array();
  for (const auto& field : fields != nullptr ? fields() : std::vector<FieldHelp>{}) {
    result.push_back({{"name", field.name}, {"help", field.help}});
  }
  return result;
}

Json command_json(const Command& row) {
  const BoundCommand command(row);
  Json arguments = Json::array();
  Json options = Json::array();
  for (const auto* option : command.app->get_options({})) {
    if (option->get_positional()) {
      arguments.push_back(argument_json(*command.line, *option));
    } else if (option->get_group() != kCommonOptions) {
      options.push_back(option_json(*command.line, *option));
    }
  }
  return {{"name", row.name},
          {"summary", row.summary},
          {"arguments", arguments},
          {"options", options},
          {"fields", fields_json(row.fields)},
          {"summary_fields", fields_json(row.summary_fields)}};
}

}  // namespace

std::string dump_cli() {
  Json commands = Json::array();
  for (const auto& row : command_table()) {
    commands.push_back(command_json(row));
  }
  CLI::App common;
  common.set_help_flag();
  CommonOptions values;
  CommandLine line(common);
  bind_common_options(line, values);
  Json common_options = Json::array();
  for (const auto* option : common.get_options({})) {
    common_options.push_back(option_json(line, *option));
  }
  Json exit_codes = Json::array();
  for (const auto& row : exit_table()) {
    exit_codes.push_back(
        {{"code", static_cast<int>(row.code)}, {"name", row.name}, {"when", row.when}});
  }
  return Json{{"version", kVersion},
              {"commands", commands},
              {"common_options", common_options},
              {"exit_codes", exit_codes}}
             .dump(2) +
         "\n";
}

}  // namespace mscomm
