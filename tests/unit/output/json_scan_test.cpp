#include "core/output/json_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "core/output/json_text.h"

namespace mscomm {
namespace {

bool are_texts(std::string_view text) { return scan_json(text, JsonTexts::several).is_json; }

TEST(JsonScan, KnowsJson) {
  for (const std::string_view text : {"0",
                                      "-0",
                                      "-0.0e+0",
                                      "12.5E-3",
                                      "1e309",
                                      "-1e999999999999",
                                      "1e-999",
                                      "123456789012345678901234567890",
                                      "true",
                                      "false",
                                      "null",
                                      R"("")",
                                      R"("\"\\\/\b\f\n\r\t")",
                                      R"("\u00e9\uD83D\ude00")",
                                      R"("\ud800\udc00")",
                                      "\"\x7f\"",
                                      "[]",
                                      "{}",
                                      " [ 1 , [ ] , { } ]\r\n\t",
                                      R"({"a":{"b":[1,{"c":null}]},"a":2})",
                                      R"({ "" : "" })",
                                      "\xEF\xBB\xBF[1]",
                                      "\"Gr\u00fc\u00dfe \U0001f600\""}) {
    EXPECT_TRUE(is_json(text)) << text;
  }
}

TEST(JsonScan, KnowsWhatIsNone) {
  using namespace std::string_literals;
  for (const std::string& text : {""s,
                                  " "s,
                                  "01"s,
                                  "-"s,
                                  "+1"s,
                                  ".5"s,
                                  "1."s,
                                  "1e"s,
                                  "1e+"s,
                                  "--1"s,
                                  "0x1"s,
                                  "nan"s,
                                  "NaN"s,
                                  "Infinity"s,
                                  "tru"s,
                                  "truex"s,
                                  "true false"s,
                                  "nul"s,
                                  "[1,]"s,
                                  "[,1]"s,
                                  "[1 2]"s,
                                  "[1"s,
                                  "]"s,
                                  "{"s,
                                  "}"s,
                                  "{\"a\"}"s,
                                  "{\"a\":}"s,
                                  "{\"a\":1,}"s,
                                  "{a:1}"s,
                                  "{'a':1}"s,
                                  "{1:2}"s,
                                  "{\"a\":1]"s,
                                  "[1}"s,
                                  "\"a"s,
                                  "\"a\\"s,
                                  "\"\\x\""s,
                                  "\"\\u12\""s,
                                  "\"\\u12g4\""s,
                                  "\"\\ud800\""s,
                                  "\"\\ud800x\""s,
                                  "\"\\udc00\""s,
                                  "\"\\ud800\\ud800\""s,
                                  "\"\\u-123\""s,
                                  "\"a\nb\""s,
                                  "\"a\0b\""s,
                                  "[1]\0"s,
                                  "[1]x"s,
                                  "[1] [2]"s,
                                  "//\n1"s,
                                  "\"\xff\""s,
                                  "\"\xed\xa0\x80\""s,
                                  "\xff"s,
                                  "[\xEF\xBB\xBF]"s}) {
    EXPECT_FALSE(is_json(text)) << text;
  }
}

TEST(JsonScan, KnowsSeveralTexts) {
  for (const std::string_view text :
       {"1", "1 2\n3", "[1][2]{}", "\"a\"\"b\"", "1\"a\"true[null]"}) {
    EXPECT_TRUE(are_texts(text)) << text;
  }
  for (const std::string_view text :
       {"", " ", "1 2 x", "truefalse", "01", "1 nan", "[1] ]", "1-2"}) {
    EXPECT_FALSE(are_texts(text)) << text;
  }
}

TEST(JsonScan, SaysWhereItStops) {
  EXPECT_EQ(scan_json("[1,x]").stops_at, 3U);
  EXPECT_EQ(scan_json("[1").stops_at, 2U);
  EXPECT_EQ(scan_json("[1] 2").stops_at, 4U);
}

TEST(JsonScan, MindsNoDepth) {
  constexpr std::size_t kDeep = 1'000'000;
  EXPECT_TRUE(is_json(std::string(kDeep, '[') + std::string(kDeep, ']')));
  EXPECT_FALSE(is_json(std::string(kDeep, '[')));
  EXPECT_FALSE(is_json(std::string(kDeep, '[') + std::string(kDeep - 1, ']')));
}

TEST(JsonScan, AgreesWithAnotherParserAboutTextsThatAreAlmostJson) {
  const std::vector<std::string> seeds{
      R"({"a":[1,2.5,-3e2,true,false,null],"b":{"c":"x\n\u00e9","d":[]},"e":{}})",
      R"([[["\\"],{}],0,"",-0.1E+2])"};
  const std::string alphabet("{}[]\",:\\ \n0123456789-+.eEtrufalsn\x7fx\xc3\xa9");
  std::mt19937 random(20261201);  // NOLINT(cert-msc51-cpp): the same each time
  const auto any = [&random](std::size_t below) { return random() % below; };
  for (int i = 0; i < 20'000; ++i) {
    auto text = seeds[any(seeds.size())];
    for (auto changes = any(3); changes > 0; --changes) {
      const auto at = any(text.size());
      switch (any(3)) {
        case 0:
          text.erase(at, 1 + any(3));
          break;
        case 1:
          text.insert(at, 1, alphabet[any(alphabet.size())]);
          break;
        default:
          text[at] = alphabet[any(alphabet.size())];
      }
      if (text.empty()) {
        break;
      }
    }
    // It refuses numbers beyond doubles, which JSON has (RFC 8259 section 6).
    const bool is_known = nlohmann::json::accept(text);
    if (is_json(text) != is_known) {
      EXPECT_NE(text.find_first_of("eE"), std::string::npos) << text;
      EXPECT_TRUE(is_json(text)) << text;
    }
  }
}

TEST(JsonScan, PausesInLongTexts) {
  for (const auto& text :
       {"[" + std::string(4 * kPiece, ' ') + "]", '"' + std::string(4 * kPiece, 'x') + '"',
        std::string(4 * kPiece, '1')}) {
    int pauses = 0;
    EXPECT_TRUE(scan_json(text, JsonTexts::one, [&pauses] { ++pauses; }).is_json);
    EXPECT_GE(pauses, 4);
  }
}

TEST(JsonScan, EstimatesMemory) {
  EXPECT_LT(scan_json("1").memory, 100U);
  EXPECT_GT(scan_json("[[],[]]").memory, 900U);
  const std::string text(1000, 'x');
  EXPECT_GT(scan_json('"' + text + '"').memory, 3000U);
}

TEST(JsonText, IsTheSameInPieces) {
  std::string text = R"({"a")";
  text += ':';
  text += "[ \"";
  while (text.size() < 3 * kPiece) {
    text += "\u00fc\u0085\x7f \\\" \U0001f600";
  }
  text += "\" , 1.50 ]}";
  std::string whole;
  append_compact_json(whole, text);
  std::string taken;
  std::string rest;
  append_compact_json(rest, text, [&] { taken += std::exchange(rest, {}); });
  EXPECT_EQ(taken + rest, whole);
  EXPECT_GT(taken.size(), 2 * kPiece);
  EXPECT_NE(whole.find(R"(\u0085\u007f \" )"), std::string::npos);
  EXPECT_TRUE(whole.ends_with("\",1.50]}"));
}

}  // namespace
}  // namespace mscomm
