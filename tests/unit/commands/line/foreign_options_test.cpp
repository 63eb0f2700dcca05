#include "commands/line/foreign_options.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "commands/line/help.h"

namespace mscomm {
namespace {

using Json = nlohmann::json;
using Names = std::set<std::string>;

Names words_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  return {std::istream_iterator<std::string>(in), {}};
}

// The names of all options of a command, those that every command has among them.
Names options_of(const Json& cli, const std::string& command) {
  Names names;
  const auto add = [&names](const Json& options) {
    for (const auto& option : options) {
      names.insert(option.at("names").begin(), option.at("names").end());
    }
  };
  add(cli.at("common_options"));
  for (const auto& each : cli.at("commands")) {
    if (each.at("name") == command) {
      add(each.at("options"));
    }
  }
  return names;
}

TEST(ForeignOptions, AreNoneOfTheCommandsOwn) {
  const auto cli = Json::parse(dump_cli());
  for (const auto& row : foreign_options()) {
    for (const auto& command : words_of(row.commands)) {
      const auto own = options_of(cli, command);
      for (const auto& name : words_of(row.names)) {
        EXPECT_FALSE(own.contains(name)) << command << " " << name;
      }
    }
  }
}

TEST(ForeignOptions, AreHintedAtWithOptionsThatTheCommandHas) {
  const auto cli = Json::parse(dump_cli());
  const std::regex option("(^|[ ('])(--[a-z][a-z0-9.-]*|-[a-zA-Z])");
  for (const auto& row : foreign_options()) {
    const std::string hint(row.hint);
    for (const auto& command : words_of(row.commands)) {
      const auto own = options_of(cli, command);
      for (auto at = std::sregex_iterator(hint.begin(), hint.end(), option);
           at != std::sregex_iterator(); ++at) {
        EXPECT_TRUE(own.contains((*at)[2])) << command << ": " << hint;
      }
    }
  }
}

TEST(ForeignOptions, AreListedOnceForEachCommand) {
  Names seen;
  for (const auto& row : foreign_options()) {
    for (const auto& command : words_of(row.commands)) {
      for (const auto& name : words_of(row.names)) {
        EXPECT_TRUE(seen.insert(fmt::format("{} {}", command, name)).second)
            << command << " " << name;
      }
    }
  }
}

TEST(ForeignOptions, AreFoundByTheFirstOfSeveralLetters) {
  EXPECT_EQ(foreign_option_hint("get", "-k"), "it is --insecure");
  EXPECT_EQ(foreign_option_hint("get", "-kL"), "it is --insecure");
  EXPECT_EQ(foreign_option_hint("get", "-m5"), "it is --timeout DUR, for example --timeout 10s");
  EXPECT_EQ(foreign_option_hint("get", "--max-time"), foreign_option_hint("get", "-m"));
  EXPECT_EQ(foreign_option_hint("consume", "-q"), "the queue is an argument: mscomm consume QUEUE");
  EXPECT_EQ(foreign_option_hint("get", "-%"), "");
  EXPECT_EQ(foreign_option_hint("", "-k"), "");
}

}  // namespace
}  // namespace mscomm
