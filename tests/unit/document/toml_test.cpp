#include "core/document/toml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using test::error_of;
using testing::HasSubstr;
using testing::StartsWith;

std::string toml_as_json(std::string_view toml) { return parse_toml(toml, "a.toml").root().dump(); }
std::string toml_error(std::string_view toml) {
  return error_of([&] { (void)parse_toml(toml, "a.toml"); });
}

TEST(Toml, ScalarsAreThoseOfJson) {
  EXPECT_EQ(toml_as_json("a = 'x'\nb = -5\nc = 2.50\nd = true\ne = 0x1F\nf = 1e3\n"),
            R"({"a":"x","b":-5,"c":2.5,"d":true,"e":31,"f":1000.0})");
  EXPECT_EQ(toml_as_json(""), "{}");
}

TEST(Toml, DatesAndTimesAreText) {
  EXPECT_EQ(toml_as_json("a = 1979-05-27\nb = 07:32:00\nc = 07:32:00.500\nd = 1979-05-27T07:32:00\n"
                         "e = 1979-05-27 07:32:00Z\nf = 1979-05-27T00:32:00.25-07:30\n"
                         "g = 1979-05-27T07:32:00+01:00\n"),
            R"({"a":"1979-05-27","b":"07:32:00","c":"07:32:00.5","d":"1979-05-27T07:32:00",)"
            R"("e":"1979-05-27T07:32:00Z","f":"1979-05-27T00:32:00.25-07:30",)"
            R"("g":"1979-05-27T07:32:00+01:00"})");
}

TEST(Toml, NamesStayInTheirOrder) {
  EXPECT_EQ(toml_as_json("z = 1\na = 2\n[t]\nm = {y = 3, b = [4, {d = 5, c = 6}]}\nk.j = 7\n[s]\n"),
            R"({"z":1,"a":2,"t":{"m":{"y":3,"b":[4,{"d":5,"c":6}]},"k":{"j":7}},"s":{}})");
}

TEST(Toml, ArraysOfTablesAreArraysOfObjects) {
  const auto document = parse_toml(
      "[[step]]\nname = 'a'\n[[step.check]]\nx = 1\n[[step]]\nname = 'b'\n[step.with]\ny = 2\n",
      "a.toml");
  EXPECT_EQ(document.root().dump(),
            R"({"step":[{"name":"a","check":[{"x":1}]},{"name":"b","with":{"y":2}}]})");
  EXPECT_EQ(document.place("/step/0/name"), (TextPlace{2, 8}));
  EXPECT_EQ(document.place("/step/0/check/0/x"), (TextPlace{4, 5}));
  EXPECT_EQ(document.place("/step/1"), (TextPlace{5, 1}));
  EXPECT_EQ(document.place("/step/1/name"), (TextPlace{6, 8}));
  EXPECT_EQ(document.place("/step/1/with/y"), (TextPlace{8, 5}));
}

TEST(Toml, PlacesAreThoseOfTheValues) {
  const auto document =
      parse_toml("a = [1, 'x',\n  {b = 2}]\n\n[t.u]\n  c.d = true\n[t]\ne = 3\n", "a.toml");
  EXPECT_EQ(document.place(""), (TextPlace{1, 1}));
  EXPECT_EQ(document.place("/a"), (TextPlace{1, 5}));
  EXPECT_EQ(document.place("/a/1"), (TextPlace{1, 9}));
  EXPECT_EQ(document.place("/a/2/b"), (TextPlace{2, 8}));
  EXPECT_EQ(document.place("/t/u").line, 4U);
  EXPECT_EQ(document.place("/t/u/c/d"), (TextPlace{5, 9}));
  EXPECT_EQ(document.place("/t/e"), (TextPlace{7, 5}));
}

TEST(Toml, MistakesAreToldWithLineAndColumn) {
  EXPECT_THAT(toml_error("a = 1\nb = \n"), StartsWith("usage: a.toml:2:5: "));
  EXPECT_THAT(toml_error("a = 1\na = 2\n"), StartsWith("usage: a.toml:2:"));
  EXPECT_EQ(toml_error("a = [1.5,\n inf]\n"), "usage: a.toml:2:2: JSON has no number inf");
  EXPECT_EQ(toml_error("a = nan\n"), "usage: a.toml:1:5: JSON has no number nan");
  EXPECT_THAT(toml_error("a = '\xff'\n"), StartsWith("usage: a.toml:1:"));
}

TEST(Toml, DepthIsBounded) {
  const auto dotted = [](std::size_t levels) {
    std::string text = "a";
    for (std::size_t i = 1; i < levels; ++i) {
      text += ".a";
    }
    return text + " = 1\n";
  };
  EXPECT_EQ(toml_as_json(dotted(2)), R"({"a":{"a":1}})");
  EXPECT_THAT(toml_as_json(dotted(500)), StartsWith("{"));
  EXPECT_THAT(toml_error(dotted(501)), HasSubstr("nested deeper than 500 levels"));
  EXPECT_THAT(toml_error("a = " + std::string(600, '[') + std::string(600, ']')),
              StartsWith("usage: a.toml:1:"));
}

}  // namespace
}  // namespace mscomm
