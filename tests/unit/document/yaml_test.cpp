#include "core/document/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string as_json(std::string_view yaml) { return parse_yaml(yaml, "a.yaml").root().dump(); }
std::string yaml_error(std::string_view yaml) {
  return error_of([&] { (void)parse_yaml(yaml, "a.yaml"); });
}

TEST(Yaml, ScalarsMeanWhatTheCoreSchemaSays) {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"null", "null"},
      {"~", "null"},
      {"", "null"},
      {"Null", "null"},
      {"nULL", "\"nULL\""},
      {"true", "true"},
      {"FALSE", "false"},
      {"yes", "\"yes\""},
      {"on", "\"on\""},
      {"12", "12"},
      {"-12", "-12"},
      {"+12", "12"},
      {"010", "10"},
      {"0o17", "15"},
      {"0x1F", "31"},
      {"0x", "\"0x\""},
      {"0o8", "\"0o8\""},
      {"1_000", "\"1_000\""},
      {"1.5", "1.5"},
      {".5", "0.5"},
      {"5.", "5.0"},
      {"1e3", "1000.0"},
      {"-1.5E-2", "-0.015"},
      {"1e", "\"1e\""},
      {"-", "[null]"},
      {"+", "\"+\""},
      {".", "\".\""},
      {"1.2.3", "\"1.2.3\""},
      {"12:30", "\"12:30\""},
      {"18446744073709551615", "18446744073709551615"},
      {"18446744073709551616", "1.8446744073709552e+19"},
      {"1e-400", "0.0"},
      {"-1e-400", "-0.0"},
      {"0xFFFFFFFFFFFFFFFF", "18446744073709551615"},
      {"0x10000000000000000", "1.8446744073709552e+19"},
      {"0o2000000000000000000000", "1.8446744073709552e+19"},
      {"0x-1", "\"0x-1\""},
      {"2024-01-31", "\"2024-01-31\""},
      {"'12'", "\"12\""},
      {"\"true\"", "\"true\""},
      {"! 12", "\"12\""},
      {"!!str 12", "\"12\""},
      {"!!str .inf", "\".inf\""},
      {"!!int '12'", "12"},
      {"!!float 1", "1"},
      {"!!null ''", "null"},
      {"!!timestamp 2024-01-31", "\"2024-01-31\""},
      {"|\n a\n b\n", "\"a\\nb\\n\""},
  };
  for (const auto& [yaml, json] : rows) {
    EXPECT_EQ(as_json(yaml), json) << yaml;
  }
}

TEST(Yaml, NamesOfMembersAreStringsAsTheyAreWritten) {
  EXPECT_EQ(as_json("200: a\n1.0: b\nnull: c\n'x': {true: d}\n"),
            R"({"200":"a","1.0":"b","null":"c","x":{"true":"d"}})");
}

TEST(Yaml, MembersStayInTheirOrder) {
  EXPECT_EQ(as_json("{c: 1, a: [2, {b: 3}], b: {}}"), R"({"c":1,"a":[2,{"b":3}],"b":{}})");
}

TEST(Yaml, AliasesAreCopiesOfTheirAnchors) {
  EXPECT_EQ(as_json("a: &x [1]\nb: *x\n&k c: 2\nd: {*k : 3}\n"),
            R"({"a":[1],"b":[1],"c":2,"d":{"c":3}})");
}

TEST(Yaml, MergeKeysAddWhatIsNotThere) {
  EXPECT_EQ(as_json("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 0}\n"
                    "d: {<<: *b}\ne: {'<<': 5}\n"),
            R"({"a":{"x":1,"y":2},"b":{"y":3,"z":4},"c":{"x":0,"y":2,"z":4},)"
            R"("d":{"y":3,"z":4},"e":{"<<":5}})");
}

TEST(Yaml, MistakesAreToldWithLineAndColumn) {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"a: 1\nb: 2\na: 3\n", "a.yaml:3:1: the member 'a' is there twice"},
      {"a: *x\n", "a.yaml:1:4: there is no anchor 'x' before this"},
      {"a: &x [*x]\n", "a.yaml:1:8: there is no anchor 'x' before this"},
      {"? [a]\n: 1\n", "a.yaml:1:3: the name of a member is not a scalar"},
      {"a: .inf\n", "a.yaml:1:4: JSON has no number .inf"},
      {"a: 1e400\n", "a.yaml:1:4: JSON has no number 1e400"},
      {"a: !own 1\n", "a.yaml:1:4: '1' is not of the tag '!own'"},
      {"a: !own {}\n", "a.yaml:1:4: the tag '!own' is not known"},
      {"a: !!int x\n", "a.yaml:1:4: 'x' is not of the tag 'tag:yaml.org,2002:int'"},
      {"<<: 5\n", "a.yaml:1:5: what a merge key (<<) merges is not a mapping"},
      {"a: 1\n---\nb: 2\n", "a.yaml:2:1: a second document begins, and one is wanted"},
      {"a: [1, 2\nb: 3\n", "a.yaml:2:"},
      {"a: b: c\n", "a.yaml:1:5: mapping values are not allowed in this context"},
      {"\xff", "a.yaml:1:1: "},
  };
  for (const auto& [yaml, message] : rows) {
    EXPECT_THAT(yaml_error(yaml), StartsWith(std::string("usage: ") + message)) << yaml;
  }
}

std::vector<std::string> stream_as_json(std::string_view yaml) {
  std::vector<std::string> texts;
  for (const auto& document : parse_yaml_stream(yaml, "a.yaml")) {
    texts.push_back(document.root().dump());
  }
  return texts;
}

TEST(Yaml, StreamHasAnyNumberOfDocuments) {
  EXPECT_THAT(stream_as_json(""), IsEmpty());
  EXPECT_THAT(stream_as_json("# nothing\n"), IsEmpty());
  EXPECT_THAT(stream_as_json("a: 1\n"), ElementsAre(R"({"a":1})"));
  EXPECT_THAT(stream_as_json("a: 1\n---\n- b\n---\n---\nc\n...\n"),
              ElementsAre(R"({"a":1})", R"(["b"])", "null", R"("c")"));
}

TEST(Yaml, DocumentsOfAStreamHaveTheirOwnAnchorsAndPlaces) {
  const auto documents = parse_yaml_stream("a: &x 1\nb: *x\n---\nc:\n  d: 2\n", "a.yaml");
  ASSERT_EQ(documents.size(), 2U);
  EXPECT_EQ(documents[0].place("/b"), (TextPlace{2, 4}));
  EXPECT_EQ(documents[1].place("/c/d"), (TextPlace{5, 6}));
  EXPECT_EQ(error_of([] { (void)parse_yaml_stream("a: &x 1\n---\nb: *x\n", "a.yaml"); }),
            "usage: a.yaml:3:4: there is no anchor 'x' before this");
}

TEST(Yaml, AliasesCannotMultiplyASmallTextWithoutEnd) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 1; j < 10; ++j) {
      bomb += ", " + before;
    }
    bomb += "]\n";
  }
  EXPECT_THAT(yaml_error(bomb), HasSubstr("aliases make more than 1000000 values of it"));
}

TEST(Yaml, AliasesOfLongTextsCountByTheirLength) {
  const std::string text(100'000, 'x');
  std::string aliases;
  for (int i = 0; i < 1000; ++i) {
    aliases += "- *a\n";
  }
  const auto* const message = "aliases make more than 1000000 values of it";
  EXPECT_THAT(yaml_error("- &a " + text + "\n" + aliases), HasSubstr(message));
  EXPECT_THAT(yaml_error("- &a {? " + text + "\n: 1}\n" + aliases), HasSubstr(message));
  EXPECT_THAT(yaml_error("- {? &a " + text + "\n: 1}\n" + aliases), HasSubstr(message));
  EXPECT_EQ(parse_yaml("- &a short\n" + aliases, "a.yaml").root().size(), 1001U);
}

TEST(Yaml, DepthIsBounded) {
  EXPECT_EQ(parse_yaml(std::string(400, '[') + std::string(400, ']'), "a").root().size(), 1U);
  EXPECT_THAT(yaml_error(std::string(600, '[') + std::string(600, ']')),
              HasSubstr("nested deeper than 500 levels"));
  std::string steps = "a0: &a0 [x]\n";
  for (int i = 1; i < 600; ++i) {
    steps += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
             "]\n";
  }
  EXPECT_THAT(yaml_error(steps), HasSubstr("nested deeper than 500 levels"));
}

}  // namespace
}  // namespace mscomm
