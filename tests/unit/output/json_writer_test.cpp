#include "core/output/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mscomm {
namespace {

template <class Write>
std::string written(const Write& write) {
  std::string out;
  JsonWriter json(out);
  write(json);
  return out;
}

template <class T>
std::string value(const T& value) {
  return written([&](JsonWriter& json) { json.value(value); });
}

TEST(JsonWriter, SetsCommasBetweenMembersAndItemsOnly) {
  EXPECT_EQ(written([](JsonWriter& json) {
              json.begin_object();
              json.key("a").begin_array().end_array();
              json.key("b").begin_array().value(1).value("x").begin_object().end_object();
              json.null().end_array();
              json.key("c").begin_object().member("d", true).member("e", false).end_object();
              json.end_object();
            }),
            R"({"a":[],"b":[1,"x",{},null],"c":{"d":true,"e":false}})");
}

TEST(JsonWriter, AppendsToWhatStandsThereAndWritesMembersWithoutBraces) {
  std::string out = "before ";
  JsonWriter(out).member("sent", 3).member("outcome", "ok");
  EXPECT_EQ(out, R"(before "sent":3,"outcome":"ok")");
}

TEST(JsonWriter, EscapesKeysAndText) {
  EXPECT_EQ(written([](JsonWriter& json) { json.member("a\"\x7f", std::string("b\n\\\x1b")); }),
            R"("a\"\u007f":"b\n\\\u001b")");
}

TEST(JsonWriter, WritesNumbersInTheirShortestForm) {
  EXPECT_EQ(value(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(value(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(value(std::uint8_t{7}), "7");
  EXPECT_EQ(value(0.1), "0.1");
  EXPECT_EQ(value(3.0), "3");
  EXPECT_EQ(value(5e-324), "5e-324");
}

TEST(JsonWriter, WritesNullForWhatIsNoNumber) {
  EXPECT_EQ(value(std::nan("")), "null");
  EXPECT_EQ(value(-std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonWriter, WritesTimesAsRfc3339) {
  EXPECT_EQ(value(WallTime(std::chrono::milliseconds(1795341600123))),
            R"("2026-11-22T10:00:00.123Z")");
}

TEST(JsonWriter, PutsJsonTextInAsItIs) {
  EXPECT_EQ(
      written([](JsonWriter& json) { json.begin_array().raw("{\"a\": 1}").raw("2").end_array(); }),
      R"([{"a": 1},2])");
}

TEST(JsonWriter, MarksBytesThatAreNotUtf8AsBase64) {
  EXPECT_EQ(written([](JsonWriter& json) {
              json.bytes_member("body", "text").bytes_member("body", {"\0\xff", 2});
            }),
            R"("body":"text","body_base64":"AP8=")");
}

}  // namespace
}  // namespace mscomm
