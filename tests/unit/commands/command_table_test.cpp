#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "commands/line/help.h"

namespace mscomm {
namespace {

using Json = nlohmann::json;

TEST(CommandTable, NoTwoOptionsOfACommandShareAName) {
  const auto cli = Json::parse(dump_cli());
  for (const auto& command : cli.at("commands")) {
    std::set<std::string> names;
    for (const auto* options : {&command.at("options"), &cli.at("common_options")}) {
      for (const auto& option : *options) {
        for (const auto& name : option.at("names")) {
          EXPECT_TRUE(names.insert(name.get<std::string>()).second)
              << command.at("name") << " " << name;
        }
      }
    }
  }
}

TEST(CommandTable, EveryOptionHasALongNameAndHelpThatReadsOn) {
  const auto cli = Json::parse(dump_cli());
  for (const auto& command : cli.at("commands")) {
    for (const auto& option : command.at("options")) {
      const auto where = command.at("name").get<std::string>() + " " + option.at("names").dump();
      EXPECT_TRUE(option.at("names").back().get<std::string>().starts_with("--")) << where;
      const auto help = option.at("help").get<std::string>();
      EXPECT_FALSE(help.empty() || help.ends_with('.')) << where << ": " << help;
    }
  }
}

TEST(CommandTable, AnOptionMeansTheSameInEachCommand) {
  std::map<std::string, std::string> values;
  const auto cli = Json::parse(dump_cli());
  for (const auto& command : cli.at("commands")) {
    for (const auto& option : command.at("options")) {
      const auto name = option.at("names").back().get<std::string>();
      const bool takes_value = !option.at("value").get<std::string>().empty();
      const auto kind = std::string(takes_value ? "a value" : "a switch");
      EXPECT_EQ(values.emplace(name, kind).first->second, kind) << name;
    }
  }
}

}  // namespace
}  // namespace mscomm
