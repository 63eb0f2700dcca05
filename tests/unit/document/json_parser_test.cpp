#include "core/document/json_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

namespace mscomm {
namespace {

std::string parsed_text(std::string_view text, RepeatedNames repeated = RepeatedNames::refuse) {
  std::string problem;
  const auto value = parse_json(text, repeated, problem);
  EXPECT_EQ(problem.empty(), value.has_value());
  return value ? value->dump() : problem;
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

TEST(JsonParser, SaysWhatIsNotJson) {
  for (const auto* const text : {"", "{", "[1,]", "nul", "1 2", "{\"a\":1"}) {
    EXPECT_EQ(parsed_text(text), "is not JSON") << text;
  }
}

TEST(JsonParser, SaysWhatElseIsWrong) {
  EXPECT_EQ(parsed_text("{\"a\":\"\xe9\"}"), "is not JSON in UTF-8");
  EXPECT_EQ(parsed_text("[1e400]"), "has a number out of range");
}

// With a look-up of each name among those before it this takes minutes.
TEST(JsonParser, ManyMembersTakeTimeByTheirNumber) {
  std::string text = "{";
  for (int i = 0; i < 500'000; ++i) {
    text += "\"a" + std::to_string(i) + "\":0,";
  }
  text.back() = '}';
  std::string problem;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(parse_json(text, RepeatedNames::last_wins, problem)->size(), 500'000U);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

}  // namespace
}  // namespace mscomm
