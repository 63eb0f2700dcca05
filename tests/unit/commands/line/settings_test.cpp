#include "commands/line/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "commands/line/bound_command.h"
#include "commands/line/option_types.h"
#include "commands/line/profile.h"
#include "core/runtime/environment.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

using testing::ElementsAre;

struct Options {
  std::string url = "default";
  std::string queue;
  std::string exchange;
  std::vector<std::string> headers;
  bool insecure = false;
  std::string message_id;
};

// Written by the bind function of the latest command.
std::shared_ptr<Options> options;

Runner bind(CommandLine& line) {
  options = std::make_shared<Options>();
  OptionGroup group(line, "Options");
  group.text("-u,--url", options->url, "URL", "");
  group.text("-q,--queue", options->queue, "NAME", "").excludes({"--exchange"});
  group.text("-e,--exchange", options->exchange, "NAME", "");
  group.list("-H,--header", options->headers, "K=V", "");
  group.flag("--insecure", options->insecure, "");
  group.text("--message-id", options->message_id, "ID", "");
  return {};
}

constexpr Command kPublish{"publish", "", bind};
constexpr Command kPut{"put", "", bind};

Setting setting(const std::string& value) { return {{value}, "profile 'p', file:1"}; }

void apply(const Command& row, std::vector<std::string> words, const Environment& environment,
           const Profile& profile) {
  BoundCommand command(row);
  parse_words(*command.app, std::move(words));
  apply_settings(command, environment, profile);
}

std::string settings_refusal(const Environment& environment, const Profile& profile) {
  try {
    apply(kPublish, {}, environment, profile);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Settings, AFlagWinsOverTheEnvironmentTheProfileAndTheDefault) {
  const Profile profile{"p", {{"url", setting("profile")}}, {}};
  const Environment environment{{{"MSCOMM_URL", "environment"}}};
  apply(kPublish, {"-u", "flag"}, environment, profile);
  EXPECT_EQ(options->url, "flag");
  apply(kPublish, {}, environment, profile);
  EXPECT_EQ(options->url, "environment");
  apply(kPublish, {}, {}, profile);
  EXPECT_EQ(options->url, "profile");
  apply(kPublish, {}, {}, {});
  EXPECT_EQ(options->url, "default");
}

TEST(Settings, AmqpUrlIsTheUrlUnlessMscommUrlIs) {
  apply(kPublish, {}, {{{"AMQP_URL", "amqp"}}}, {});
  EXPECT_EQ(options->url, "amqp");
  apply(kPublish, {}, {{{"AMQP_URL", "amqp"}, {"MSCOMM_URL", "own"}}}, {});
  EXPECT_EQ(options->url, "own");
}

TEST(Settings, AnEmptyVariableCountsAsAbsent) {
  apply(kPublish, {}, {{{"MSCOMM_URL", ""}}}, {});
  EXPECT_EQ(options->url, "default");
}

TEST(Settings, AVariableOfTheMessageThatACommandHandlesIsNoOption) {
  apply(kPublish, {}, {{{"MSCOMM_MESSAGE_ID", "x"}, {"MSCOMM_QUEUE", "q"}}}, {});
  EXPECT_EQ(options->message_id, "");
  EXPECT_EQ(options->queue, "q");
}

TEST(Settings, EachLineOfAVariableIsAnItemOfAList) {
  apply(kPublish, {}, {{{"MSCOMM_HEADER", "a=1\nb=2"}, {"MSCOMM_INSECURE", "true"}}}, {});
  EXPECT_THAT(options->headers, ElementsAre("a=1", "b=2"));
  EXPECT_TRUE(options->insecure);
}

TEST(Settings, ACommandsOwnTableWinsOverSharedKeys) {
  const Profile profile{"p",
                        {{"url", setting("shared")}, {"queue", setting("q")}},
                        {{"publish", {{"url", setting("own")}}}}};
  apply(kPublish, {}, {}, profile);
  EXPECT_EQ(options->url, "own");
  EXPECT_EQ(options->queue, "q");
}

TEST(Settings, TheTableOfGetServesTheOtherVerbs) {
  Profile profile{"p", {}, {{"get", {{"url", setting("get")}}}}};
  apply(kPut, {}, {}, profile);
  EXPECT_EQ(options->url, "get");
  profile.by_command["put"] = {{"url", setting("put")}};
  apply(kPut, {}, {}, profile);
  EXPECT_EQ(options->url, "put");
  apply(kPublish, {}, {}, profile);
  EXPECT_EQ(options->url, "default");
}

TEST(Settings, AnExcludedOptionOfAWeakerSourceIsPassedOver) {
  const Profile profile{"p", {{"queue", setting("q")}}, {}};
  apply(kPublish, {"-e", "x"}, {}, profile);
  EXPECT_EQ(options->queue, "");
  EXPECT_EQ(options->exchange, "x");
  apply(kPublish, {}, {{{"MSCOMM_EXCHANGE", "y"}}}, profile);
  EXPECT_EQ(options->queue, "");
  EXPECT_EQ(options->exchange, "y");
}

TEST(Settings, OptionsOfOneSourceThatExcludeEachOtherAreAnError) {
  const Profile profile{"p", {{"queue", setting("q")}, {"exchange", setting("x")}}, {}};
  EXPECT_EQ(settings_refusal({}, profile),
            "profile 'p', file:1: queue: --queue and --exchange exclude each other");
}

TEST(Settings, ABadValueIsReportedWithItsOrigin) {
  EXPECT_EQ(settings_refusal({{{"MSCOMM_INSECURE", "maybe"}}}, {}),
            "MSCOMM_INSECURE: 'maybe' is neither true nor false");
  EXPECT_EQ(settings_refusal({}, {"p", {{"insecure", setting("maybe")}}, {}}),
            "profile 'p', file:1: insecure: 'maybe' is neither true nor false");
  EXPECT_EQ(settings_refusal({}, {"p", {{"url", {{"a", "b"}, "file:1"}}}, {}}),
            "file:1: url: takes one value, not a list");
}

TEST(Settings, HelpAndVersionCannotBeSet) {
  EXPECT_EQ(settings_refusal({{{"MSCOMM_HELP", "true"}, {"MSCOMM_VERSION", "1.2"}}}, {}),
            "accepted");
}

TEST(Settings, AVariableIsTheOptionInUpperCase) {
  EXPECT_EQ(variable_name("routing-key"), "MSCOMM_ROUTING_KEY");
}

}  // namespace
}  // namespace mscomm
