#include "core/document/json_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

namespace mscomm {
namespace {

std::string parsed_text(std::string_view text, RepeatedNames repeated = RepeatedNames::refuse) {
  JsonMistake mistake;
  const auto value = parse_json(text, mistake, repeated);
  EXPECT_EQ(mistake.problem.empty(), value.has_value());
  return value ? value->dump() : mistake.problem;
}

TEST(JsonParser, ReadsEveryKindOfValueInItsOrder) {
  for (const auto* const text :
       {"null", "-5", "18446744073709551615", "1.5", "\"\u00fc\"", "[]", "{}",
        R"({"b":[1,{"a":true,"c":[[],{}]},"x"],"a":{"b":null,"":false},"c":-0.0})"}) {
    EXPECT_EQ(parsed_text(text), text);
  }
}

TEST(JsonParser, LastOfRepeatedMembersWinsInThePlaceOfTheFirst) {
  EXPECT_EQ(parsed_text(R"({"a":1,"b":{"c":2,"c":[3]},"a":4})", RepeatedNames::last_wins),
            R"({"a":4,"b":{"c":[3]}})");
}

TEST(JsonParser, RepeatedMembersAreRefusedWithTheirPlace) {
  EXPECT_EQ(parsed_text(R"({"x/y":[1,{"a":1,"b":2,"a":3}]})"),
            "has the member 'a' twice at #/x~1y/1");
  EXPECT_EQ(parsed_text(R"({"a":{"a":1},"b":[{"a":1},{"a":1}]})"),
            R"({"a":{"a":1},"b":[{"a":1},{"a":1}]})");
}

TEST(JsonParser, TellsHowDeepATextIsNestedWithoutReadingIt) {
  EXPECT_TRUE(is_json_nested_within(R"({"a":[1,{}],"b":[]})", 3));
  EXPECT_FALSE(is_json_nested_within(R"({"a":[1,{}],"b":[]})", 2));
  EXPECT_TRUE(is_json_nested_within("[],[],]]]{}", 1));
  EXPECT_TRUE(is_json_nested_within(R"(["[[[\"[[["])", 1));
  EXPECT_FALSE(is_json_nested_within(R"(["\\",[]])", 1));
  EXPECT_TRUE(is_json_nested_within("\"\\", 0));
}

TEST(JsonParser, SaysWhatIsNotJson) {
  for (const auto* const text : {"", "{", "[1,]", "nul", "1 2", "{\"a\":1"}) {
    EXPECT_EQ(parsed_text(text), "is not JSON") << text;
  }
}

TEST(JsonParser, SaysWhatElseIsWrong) {
  EXPECT_EQ(parsed_text("{\"a\":\"\xe9\"}"), "is not JSON in UTF-8");
  EXPECT_EQ(parsed_text("[1e400]"), "has a number out of range");
}

TEST(JsonParser, ManyMembersAreToldApartAsFewAre) {
  std::string text = "{";
  for (int i = 0; i < 40; ++i) {
    text += "\"a" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    const auto again = text + "\"a" + std::to_string(i / 2) + "\":-1}";
    JsonMistake mistake;
    const auto value = parse_json(again, mistake);
    ASSERT_TRUE(value) << again;
    EXPECT_EQ(value->size(), static_cast<std::size_t>(i) + 1);
    EXPECT_EQ(value->at("a" + std::to_string(i / 2)), -1);
    EXPECT_THAT(parsed_text(again), testing::EndsWith("twice at #"));
  }
}

TEST(JsonParser, SaysWhereItStopsBeingJson) {
  JsonMistake mistake;
  EXPECT_FALSE(parse_json("{\"a\":1,\n x}", mistake));
  EXPECT_EQ(mistake.byte, 10U);
  EXPECT_EQ(mistake.reason, "syntax error while parsing object key - invalid literal");
  EXPECT_EQ(mistake.location,
            "line 2, column 2: syntax error while parsing object key - invalid literal; last read: "
            "'1,<U+000A> x'; expected string literal");
  EXPECT_EQ(json_error("{\"a\":1,\n x}"), mistake.location);
  EXPECT_EQ(json_error(" [1, {}] "), "");
}

TEST(JsonParser, OfSeveralMistakesTheFirstIsTold) {
  JsonMistake mistake;
  EXPECT_FALSE(parse_json(R"({"a":1,"a":2,})", mistake, RepeatedNames::refuse));
  EXPECT_EQ(mistake.location, "");
}

// With a look-up of each name among those before it this takes minutes.
TEST(JsonParser, ManyMembersTakeTimeByTheirNumber) {
  std::string text = "{";
  for (int i = 0; i < 500'000; ++i) {
    text += "\"a" + std::to_string(i) + "\":0,";
  }
  text.back() = '}';
  JsonMistake mistake;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(parse_json(text, mistake)->size(), 500'000U);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

}  // namespace
}  // namespace mscomm
