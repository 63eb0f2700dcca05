#include "commands/line/option_types.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "commands/line/bound_command.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

using std::chrono_literals::operator""s;
using testing::ElementsAre;
using testing::IsEmpty;

enum class Kind { durable, quorum };
constexpr std::array kKinds{Choice<Kind>{"durable", Kind::durable},
                            Choice<Kind>{"quorum", Kind::quorum}};

/// One of each, and what a user sees when it goes wrong.
struct Fixture {
  CLI::App app{"does nothing", "test"};
  CommandLine line{app};
  OptionGroup group{line, "Options"};
  std::string name = "default";
  std::vector<std::string> headers{"default"};
  Duration wait = 5s;
  std::uint64_t size = 16 << 20;
  std::uint16_t count = 10;
  bool insecure = false;
  int verbosity = 0;
  Kind kind = Kind::durable;
  bool declared = false;
  std::optional<Kind> declared_kind;
  std::optional<std::string> body;

  Fixture() {
    app.set_help_flag();
    group.text("-q,--queue", name, "NAME", "");
    group.list("-H,--header", headers, "K=V", "").may_be_empty();
    group.duration("--wait", wait, "");
    group.size("--max-size", size, "");
    group.number<std::uint16_t>("-n,--count", count, "N", "", 1);
    group.flag("--insecure", insecure, "");
    group.counter("-v,--verbose", verbosity, "");
    group.choice("--kind", kind, kKinds, "KIND", "");
    group.optional_choice("--declare", declared, declared_kind, kKinds, "KIND", "");
    group.positional("BODY", body, "").may_be_empty();
  }

  void parse(std::vector<std::string> words) { parse_words(app, std::move(words)); }

  std::string refusal(std::vector<std::string> words) {
    try {
      parse(std::move(words));
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), Exit::usage);
      return error.hint().empty() ? error.what() : std::string(error.what()) + " / " + error.hint();
    }
    return "accepted";
  }
};

TEST(OptionGroup, KeepsTheDefaultsWhenNothingIsGiven) {
  Fixture f;
  f.parse({});
  EXPECT_EQ(f.name, "default");
  EXPECT_THAT(f.headers, ElementsAre("default"));
  EXPECT_EQ(f.wait, 5s);
  EXPECT_FALSE(f.declared);
}

TEST(OptionGroup, ShowsTheDefaultsAsTheUserWouldWriteThem) {
  const Fixture f;
  EXPECT_EQ(f.app.get_option("--wait")->get_default_str(), "5s");
  EXPECT_EQ(f.app.get_option("--max-size")->get_default_str(), "16MiB");
  EXPECT_EQ(f.app.get_option("--kind")->get_default_str(), "durable");
  EXPECT_EQ(f.app.get_option("--count")->get_default_str(), "10");
}

TEST(OptionGroup, ListsTakeOneValueEachTimeAndReplaceTheDefault) {
  Fixture f;
  f.parse({"-H", "a", "body", "--header=b"});
  EXPECT_THAT(f.headers, ElementsAre("a", "b"));
  EXPECT_EQ(f.body, "body");
}

TEST(OptionGroup, ListsKeepBracketsCommasAndEmptyValues) {
  Fixture f;
  f.parse({"-H", "[1,2]", "-H", "", "-H", "--queue"});
  EXPECT_THAT(f.headers, ElementsAre("[1,2]", "", "--queue"));
}

TEST(OptionGroup, AnEmptyValueAfterTheEqualsSignIsAValue) {
  Fixture f;
  f.parse({"--header=", "body"});
  EXPECT_THAT(f.headers, ElementsAre(""));
  EXPECT_EQ(f.body, "body");
}

TEST(OptionGroup, AnEmptyValueIsRefusedWhereTheDeclarationDoesNotAllowIt) {
  for (const auto* name : {"--queue", "--wait", "--max-size", "--count", "--kind"}) {
    for (const auto& words : {std::vector<std::string>{name, ""}, {std::string(name) + "="}}) {
      Fixture f;
      EXPECT_EQ(f.refusal(words),
                std::string(name) +
                    ": it is empty / leave it out if it is not wanted; is a shell variable unset?");
    }
  }
}

TEST(OptionGroup, TheLastOfTwoValuesCounts) {
  Fixture f;
  f.parse({"-q", "a", "--queue", "b"});
  EXPECT_EQ(f.name, "b");
}

TEST(OptionGroup, PositionalsKeepBracketsAndWhatFollowsTheDoubleDash) {
  CLI::App app{"", "test"};
  std::vector<std::string> targets;
  bool flag = false;
  CommandLine line(app);
  OptionGroup group(line, "Options");
  group.flag("-x", flag, "");
  group.positionals("TARGET", targets, "");
  parse_words(app, {"[::1]", "a", "-x", "[1,2]", "--", "-y", "--", "--help"});
  EXPECT_THAT(targets, ElementsAre("[::1]", "a", "[1,2]", "-y", "--", "--help"));
  EXPECT_TRUE(flag);
}

TEST(OptionGroup, APositionalMayBeADashANegativeNumberOrEmpty) {
  for (const std::string word : {"-", "-5", ""}) {
    Fixture f;
    f.parse({word});
    EXPECT_EQ(f.body, word);
  }
}

TEST(OptionGroup, AnOptionalWordNeverStandsInTheNextArgument) {
  Fixture f;
  f.parse({"--declare", "quorum"});
  EXPECT_TRUE(f.declared);
  EXPECT_EQ(f.declared_kind, std::nullopt);
  EXPECT_EQ(f.body, "quorum");
}

TEST(OptionGroup, AnOptionalWordFollowsTheEqualsSign) {
  Fixture f;
  f.parse({"--declare=quorum"});
  EXPECT_TRUE(f.declared);
  EXPECT_EQ(f.declared_kind, Kind::quorum);
}

TEST(OptionGroup, SwitchesCountAndCanBeTakenBack) {
  Fixture f;
  f.parse({"-vv", "-v", "--insecure", "--insecure=false"});
  EXPECT_EQ(f.verbosity, 3);
  EXPECT_FALSE(f.insecure);
}

TEST(OptionGroup, NumbersAreDecimal) {
  Fixture f;
  f.parse({"-n", "010"});
  EXPECT_EQ(f.count, 10);
}

TEST(OptionGroup, RefusesBadValuesInOneLineThatNamesTheOption) {
  const auto refusal = [](const std::string& word) { return Fixture().refusal({word}); };
  EXPECT_EQ(refusal("--count=0"), "--count: 0 is less than 1");
  EXPECT_EQ(refusal("--count=65536"), "--count: 65536 is more than 65535");
  EXPECT_EQ(refusal("--count=99999999999999999999"),
            "--count: 99999999999999999999 is more than 65535");
  for (const std::string value : {"x", "-1", "1x", " 1", "0x1"}) {
    EXPECT_EQ(refusal("--count=" + value),
              "--count: '" + value + "' is not a whole number from 1 on");
  }
  EXPECT_EQ(refusal("--insecure=maybe"), "--insecure: 'maybe' is neither true nor false");
  EXPECT_EQ(refusal("--kind=quorom"),
            "--kind: 'quorom' is none of durable, quorum / did you mean 'quorum'?");
  EXPECT_EQ(refusal("--declare="), "--declare has no value after the equals sign");
  EXPECT_THAT(refusal("--wait=5"), testing::StartsWith("--wait: '5' is not a duration"));
}

TEST(ParseWords, RefusesWhatNoOptionTakes) {
  EXPECT_EQ(Fixture().refusal({"--qeue", "x", "y"}),
            "unknown option '--qeue' / did you mean '--queue'?");
  EXPECT_EQ(Fixture().refusal({"--he"}), "unknown option '--he' / did you mean '--header'?");
  EXPECT_EQ(Fixture().refusal({"-x"}), "unknown option '-x' / see 'mscomm test --help'");
  EXPECT_EQ(Fixture().refusal({"a", "b"}), "unexpected argument 'b' / see 'mscomm test --help'");
  EXPECT_EQ(Fixture().refusal({"--wait"}), "--wait needs a value / write --wait DUR");
}

TEST(ParseWords, SaysThatAnArgumentIsMissing) {
  CLI::App app{"", "test"};
  std::string queue;
  CommandLine line(app);
  OptionGroup(line, "Options").required_positional("QUEUE", queue, "");
  try {
    parse_words(app, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "QUEUE is missing");
  }
}

}  // namespace
}  // namespace mscomm
