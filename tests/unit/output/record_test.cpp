#include "core/output/record.h"

#include <gmock/gmock.h>

#include <array>
#include <limits>

#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using namespace std::string_view_literals;
using test::error_of;
using ::testing::StartsWith;

struct Item {
  std::string_view name;
  std::int64_t count = 0;
  double ratio = 0;
  bool ready = false;
};

void write_count(JsonWriter& json, const Item& item) {
  json.begin_object().member("a", item.count).end_object();
}

constexpr auto kFields = std::to_array<Field<Item>>({
    {"name", "its name", [](const Item& item, std::string_view) -> Value { return item.name; }},
    {"count", "how many", [](const Item& item, std::string_view) -> Value { return item.count; }},
    {"ratio", "how much", [](const Item& item, std::string_view) -> Value { return item.ratio; }},
    {"ready", "whether", [](const Item& item, std::string_view) -> Value { return item.ready; }},
    {"absent", "nothing", [](const Item&, std::string_view) -> Value { return {}; }},
    {"headers.", "one header",
     [](const Item&, std::string_view member) -> Value { return "<" + std::string(member) + ">"; }},
    {"json", "an object",
     [](const Item& item, std::string_view) { return json_value<write_count>(item); }},
});

const WallTime time(std::chrono::milliseconds(1795341600123));

std::string formatted(std::string_view format, bool for_terminal = false) {
  const Item item{"n\x1b", 3, 0.5, true};
  std::string out;
  FormatString<Item>(format, kFields).append(out, item, for_terminal);
  return out;
}

std::string as_text(const Value& value) {
  std::string out;
  append_text(out, value, TextForm::exact);
  return out;
}

std::string as_json(const Value& value) {
  std::string out;
  JsonWriter json(out);
  write_member(json, "m", value);
  return out;
}

std::string format_refusal(std::string_view format) {
  return error_of([&] { FormatString<Item>(format, kFields); });
}

TEST(Record, WritesValuesAsText) {
  EXPECT_EQ(as_text({}), "");
  EXPECT_EQ(as_text(true), "true");
  EXPECT_EQ(as_text(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(as_text(0.1), "0.1");
  EXPECT_EQ(as_text(2.0), "2");
  EXPECT_EQ(as_text(-std::numeric_limits<double>::max()), "-1.7976931348623157e+308");
  EXPECT_EQ(as_text(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(as_text("a\"\x1b"sv), "a\"\x1b");
  EXPECT_EQ(as_text(Bytes{"\xff"}), "\xff");
  EXPECT_EQ(as_text(time), "2026-11-22T10:00:00.123Z");
}

TEST(Record, WritesValuesAsJson) {
  EXPECT_EQ(as_json({}), "");
  EXPECT_EQ(as_json(false), R"("m":false)");
  EXPECT_EQ(as_json(std::int64_t{-5}), R"("m":-5)");
  EXPECT_EQ(as_json(0.25), R"("m":0.25)");
  EXPECT_EQ(as_json(std::numeric_limits<double>::infinity()), R"("m":null)");
  EXPECT_EQ(as_json("a\"\x1b"sv), R"("m":"a\"\u001b")");
  EXPECT_EQ(as_json(Bytes{"a"}), R"("m":"a")");
  EXPECT_EQ(as_json(Bytes{"\xff"}), R"("m_base64":"/w==")");
  EXPECT_EQ(as_json(time), R"("m":"2026-11-22T10:00:00.123Z")");
}

TEST(Record, IsOneJsonObjectWithoutAbsentFieldsAndFamilies) {
  std::string out;
  append_json_object<Item>(out, kFields, {"n", 3, 0.5, true});
  EXPECT_EQ(out, R"({"name":"n","count":3,"ratio":0.5,"ready":true,"json":{"a":3}})");
}

constexpr Value count_of(const Item& item, std::string_view) { return item.count; }
constexpr Value nothing(const Item&, std::string_view) { return {}; }

TEST(Record, HasObjectsWithinItAsItsTableSays) {
  constexpr auto kNested = std::to_array<Field<Item>>({
      {.name = "a", .help = "", .get = count_of, .object = "first"},
      {.name = "b", .help = "", .get = count_of, .object = "first"},
      {.name = "c", .help = "", .get = nothing, .object = "second"},
      {.name = "d", .help = "", .get = count_of},
      {.name = "e", .help = "", .get = count_of, .object = "third"},
  });
  std::string out;
  append_json_object<Item>(out, kNested, {"n", 3});
  EXPECT_EQ(out, R"({"first":{"a":3,"b":3},"second":{},"d":3,"third":{"e":3}})");
}

TEST(Record, CanHaveAnotherValueInJsonOrNone) {
  constexpr auto kOthers = std::to_array<Field<Item>>({
      {.name = "text_only", .help = "", .get = count_of, .json = nullptr},
      {"other", "", count_of,
       [](const Item& item, std::string_view) -> Value { return item.name; }},
  });
  std::string out;
  append_json_object<Item>(out, kOthers, {"n", 3});
  FormatString<Item>(" {text_only} {other}", kOthers).append(out, {"n", 3}, false);
  EXPECT_EQ(out, R"({"other":"n"} 3 3)");
}

TEST(FormatString, FillsInFieldsBracesAndEscapes) {
  EXPECT_EQ(formatted(""), "");
  EXPECT_EQ(formatted("{name} {count}\\n"), "n\x1b 3\n");
  EXPECT_EQ(formatted("[{absent}]"), "[]");
  EXPECT_EQ(formatted("{{{count}}}"), "{3}");
  EXPECT_EQ(formatted("{{name}}"), "{name}");
  EXPECT_EQ(formatted("\\x7bname\\x7d\\\\"), "{name}\\");
  EXPECT_EQ(formatted("{headers.x-foo.bar}"), "<x-foo.bar>");
  EXPECT_EQ(formatted("{json}"), "{\"a\":3}");
}

TEST(FormatString, MakesControlCharactersVisibleOnATerminal) {
  EXPECT_EQ(formatted("{name}", true), "n\\x1b");
}

TEST(FormatString, KnowsOtherToolsNamesOfAField) {
  const std::array<std::string_view, 4> names{"status", "total_ms", "headers.", "json"};
  const auto hint = [&names](std::string_view format) {
    try {
      compile_format(format, names);
      return std::string();
    } catch (const Error& error) {
      return error.hint();
    }
  };
  EXPECT_THAT(hint("{http_code}"), StartsWith("did you mean 'status'? "));
  EXPECT_THAT(hint("{time_total}"), StartsWith("did you mean 'total_ms'? "));
  EXPECT_THAT(hint("{content_type}"), StartsWith("did you mean 'headers.content-type'? "));
  EXPECT_THAT(hint("{topic}"), StartsWith("the fields are: ")) << "there is no routing_key";
  EXPECT_EQ(hint("{json.items[0]}"), "--jq '.items[0]' prints a part of the body");
}

TEST(FormatString, SaysWhatIsWrong) {
  EXPECT_EQ(format_refusal("{cuont}"),
            "usage: --format: there is no field 'cuont' | did you mean 'count'? the fields are: "
            "name, count, ratio, ready, absent, headers.NAME, json");
  EXPECT_EQ(
      format_refusal("{hedaers.x-foo}").substr(0, 88),
      "usage: --format: there is no field 'hedaers.x-foo' | did you mean 'headers.x-foo'? the f");
  EXPECT_THAT(format_refusal("{}"),
              StartsWith("usage: --format: there is no field '' | the fields"));
  EXPECT_THAT(format_refusal("{headers.}"),
              StartsWith("usage: --format: there is no field 'headers.'"));
  EXPECT_THAT(format_refusal("a{name"),
              StartsWith("usage: --format: the brace at character 2 of 'a{name' stands alone"));
  EXPECT_THAT(format_refusal("{na{me}"), StartsWith("usage: --format: the brace at character 1"));
  EXPECT_THAT(format_refusal("name}"), StartsWith("usage: --format: the brace at character 5"));
  EXPECT_THAT(format_refusal("\\q"), StartsWith("usage: --format: unknown escape"));
}

}  // namespace
}  // namespace mscomm
