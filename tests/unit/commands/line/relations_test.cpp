#include "commands/line/relations.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "commands/line/bound_command.h"
#include "commands/line/option_types.h"
#include "commands/line/profile.h"
#include "commands/line/settings.h"
#include "core/runtime/environment.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

struct RelatedOptions {
  std::optional<std::string> queue;
  std::string ack = "after";
  std::string until;
  std::string every;
  std::string url;
  unsigned retries = 0;
  bool peek = false;
  bool reject = false;
  bool declare = false;
  bool listen = false;
  std::string name;
  std::string secret;
  bool idle_peek = false;
  bool strict = false;
  std::string secure;
  std::string count;
};

std::shared_ptr<RelatedOptions> related;

Runner bind_related(CommandLine& line) {
  related = std::make_shared<RelatedOptions>();
  OptionGroup group(line, "Options");
  group.positional("QUEUE", related->queue, "");
  group.text("--ack", related->ack, "WHEN", "");
  group.text("--until", related->until, "EXPR", "").excludes({"--retry!=0"}, "it asks again");
  group.text("--every", related->every, "DUR", "").needs({"--until"}, "give --until");
  group.number("--retry", related->retries, "N", "");
  group.text("--url", related->url, "URL", "");
  group.flag("--peek", related->peek, "").excludes({"--ack=auto|none", "--reject"});
  group.flag("--reject", related->reject, "").excludes({"--ack!=after"}, {}, {"--until"});
  group.flag("--declare", related->declare, "").needs({"QUEUE", "--url=*amqps:*"});
  group.flag("--listen", related->listen, "").needs({"--elsewhere"});
  group.text("--name", related->name, "NAME", "").needs({"--secret"});
  group.text("--secret", related->secret, "FILE", "").needs({"--name"});
  group.flag("--idle-peek", related->idle_peek, "").needs({"--listen"}).excludes({"--ack"});
  group.flag("--strict", related->strict, "").clashes_with({"--until"});
  line.each({Relation::Kind::needs, {"--url=*amqps:*"}, {}, {}, true},
            [&] { group.text("--secure", related->secure, "FILE", ""); });
  line.each({Relation::Kind::needs, {"--listen"}},
            [&] { group.text("--count", related->count, "N", ""); });
  return {};
}

constexpr Command kRelated{"test", "", bind_related};

std::string relation_refusal(std::vector<std::string> words, const Profile& profile = {}) {
  BoundCommand command(kRelated);
  try {
    parse_words(*command.app, std::move(words));
    apply_settings(command, {}, profile);
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Exit::usage);
    return error.hint().empty() ? error.what() : std::string(error.what()) + " / " + error.hint();
  }
  return "accepted";
}

Setting profile_setting(const std::string& value) { return {{value}, "profile 'p', file:1"}; }

TEST(Relations, AnOptionThatNeedsAnotherSaysSo) {
  EXPECT_EQ(relation_refusal({"--every", "1s"}), "--every needs --until / give --until");
  EXPECT_EQ(relation_refusal({"--every", "1s", "--until", "x"}), "accepted");
  EXPECT_EQ(relation_refusal({"--count", "1"}), "--count needs --listen");
  EXPECT_EQ(relation_refusal({"--count", "1", "--listen"}), "accepted");
}

TEST(Relations, OneOfSeveralIsEnough) {
  EXPECT_EQ(relation_refusal({"--declare"}), "--declare needs QUEUE");
  EXPECT_EQ(relation_refusal({"--declare", "q"}), "accepted");
  EXPECT_EQ(relation_refusal({"--declare", "--url", "amqp://a"}), "--declare needs QUEUE");
  EXPECT_EQ(relation_refusal({"--declare", "--url", "amqps://a"}), "accepted");
}

TEST(Relations, WhatTheCommandDoesNotHaveIsNotNeeded) {
  EXPECT_EQ(relation_refusal({"--listen"}), "accepted");
}

TEST(Relations, OptionsThatExcludeEachOtherAreNamed) {
  EXPECT_EQ(relation_refusal({"--peek", "--reject"}), "--peek and --reject exclude each other");
  EXPECT_EQ(relation_refusal({"--reject", "--peek"}), "--peek and --reject exclude each other");
}

TEST(Relations, AValueCanBeWhatExcludes) {
  EXPECT_EQ(relation_refusal({"--peek", "--ack", "none"}),
            "--peek and --ack none exclude each other");
  EXPECT_EQ(relation_refusal({"--peek", "--ack", "after"}), "accepted");
  EXPECT_EQ(relation_refusal({"--reject", "--ack", "after"}), "accepted");
  EXPECT_EQ(relation_refusal({"--reject", "--ack", "x"}),
            "--reject and --ack x exclude each other");
  EXPECT_EQ(relation_refusal({"--until", "x", "--retry", "0"}), "accepted");
  EXPECT_EQ(relation_refusal({"--until", "x", "--retry", "2"}),
            "--until and --retry 2 exclude each other / it asks again");
}

TEST(Relations, AThirdOptionCanReconcileTwo) {
  EXPECT_EQ(relation_refusal({"--reject", "--ack", "none", "--until", "x"}), "accepted");
}

TEST(Relations, ASwitchThatIsGivenAsFalseIsNotGiven) {
  EXPECT_EQ(relation_refusal({"--peek=false", "--reject"}), "accepted");
  EXPECT_EQ(relation_refusal({"--count", "1", "--listen=false"}), "--count needs --listen");
}

TEST(Relations, WhatNeedsAnotherIsNothingInAProfile) {
  const Profile profile{
      "p", {{"every", profile_setting("1s")}, {"count", profile_setting("3")}}, {}};
  EXPECT_EQ(relation_refusal({}, profile), "accepted");
  EXPECT_EQ(related->every, "");
  EXPECT_EQ(related->count, "");
  EXPECT_EQ(relation_refusal({"--until", "x"}, profile), "accepted");
  EXPECT_EQ(related->every, "1s");
  EXPECT_EQ(related->count, "");
}

TEST(Relations, WhatIsNeededMayComeFromAWeakerSource) {
  const Profile profile{
      "p", {{"until", profile_setting("x")}}, {{"test", {{"every", profile_setting("1s")}}}}};
  EXPECT_EQ(relation_refusal({}, profile), "accepted");
  EXPECT_EQ(related->every, "1s");
}

TEST(Relations, TwoThatNeedEachOtherComeTogetherFromAProfile) {
  const Profile both{"p", {{"name", profile_setting("n")}, {"secret", profile_setting("s")}}, {}};
  EXPECT_EQ(relation_refusal({}, both), "accepted");
  EXPECT_EQ(related->name + related->secret, "ns");
  const Profile one{"p", {{"name", profile_setting("n")}}, {}};
  EXPECT_EQ(relation_refusal({}, one), "accepted");
  EXPECT_EQ(related->name, "");
  EXPECT_EQ(relation_refusal({"--name", "n"}), "--name needs --secret");
}

TEST(Relations, AStrongerSourcesOptionWinsWhateverItsValue) {
  const Profile profile{"p", {{"reject", profile_setting("true")}}, {}};
  EXPECT_EQ(relation_refusal({"--ack", "after"}, profile), "accepted");
  EXPECT_FALSE(related->reject);
}

TEST(Relations, WhatGivesWaySetsNothingAside) {
  const Profile profile{
      "p", {{"ack", profile_setting("none")}}, {{"test", {{"reject", profile_setting("true")}}}}};
  EXPECT_EQ(relation_refusal({"--peek"}, profile), "accepted");
  EXPECT_EQ(related->ack, "after") << "--peek excludes none";
  const Profile other{
      "p", {{"ack", profile_setting("x")}}, {{"test", {{"reject", profile_setting("true")}}}}};
  EXPECT_EQ(relation_refusal({"--peek"}, other), "accepted");
  EXPECT_EQ(related->ack, "x");
}

TEST(Relations, WhereARunWithoutItWouldDoHarmAWeakerSourceIsNotPassedOver) {
  const Profile profile{"p", {{"strict", profile_setting("true")}}, {}};
  EXPECT_EQ(relation_refusal({"--until", "x"}, profile),
            "profile 'p', file:1: strict: --strict and --until exclude each other");
  const Profile secure{"p", {{"secure", profile_setting("f")}}, {}};
  EXPECT_EQ(relation_refusal({}, secure),
            "profile 'p', file:1: secure: --secure needs --url amqps:");
  EXPECT_EQ(relation_refusal({"--url", "amqp://a"}, secure), "accepted");
  EXPECT_EQ(related->secure, "");
}

TEST(Relations, WhatIsIdleSetsNothingAside) {
  const Profile profile{"p",
                        {{"ack", profile_setting("none")}},
                        {{"test", {{"idle-peek", profile_setting("true")}}}}};
  EXPECT_EQ(relation_refusal({}, profile), "accepted");
  EXPECT_EQ(related->ack, "none");
}

TEST(Relations, TheStrongerSourceWinsWhicheverOptionDeclaresIt) {
  const Profile profile{
      "p", {{"reject", profile_setting("true")}, {"ack", profile_setting("none")}}, {}};
  EXPECT_EQ(relation_refusal({"--peek"}, profile), "accepted");
  EXPECT_TRUE(related->peek);
  EXPECT_FALSE(related->reject);
  EXPECT_EQ(related->ack, "after");
  const Profile peeking{
      "p", {{"peek", profile_setting("true")}, {"ack", profile_setting("after")}}, {}};
  EXPECT_EQ(relation_refusal({"--reject"}, peeking), "accepted");
  EXPECT_FALSE(related->peek);
}

TEST(Relations, OneSourceThatContradictsItselfIsNamed) {
  const Profile profile{
      "p", {{"peek", profile_setting("true")}, {"reject", profile_setting("true")}}, {}};
  EXPECT_EQ(relation_refusal({}, profile),
            "profile 'p', file:1: peek: --peek and --reject exclude each other");
}

// A relation with a misspelt name would hold for ever.
TEST(Relations, EveryNameInARelationIsAnOptionOfSomeCommand) {
  std::vector<std::unique_ptr<BoundCommand>> commands;
  for (const auto& row : command_table()) {
    commands.push_back(std::make_unique<BoundCommand>(row));
  }
  for (const auto& command : commands) {
    for (const auto& [option, relation] : command->line->relations()) {
      for (const auto text : relation.others) {
        const auto name =
            std::string(text.substr(text.starts_with('!') ? 1 : 0, text.find_first_of("!=", 1)));
        EXPECT_TRUE(std::ranges::any_of(commands,
                                        [&](const auto& each) {
                                          return each->app->get_option_no_throw(name.substr(
                                                     0, name.find_first_of("!="))) != nullptr;
                                        }))
            << option->get_name() << ": " << text;
      }
    }
  }
}

}  // namespace
}  // namespace mscomm
