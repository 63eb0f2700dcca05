#include "core/message/message_record.h"

#include <gmock/gmock.h>

#include <bit>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "core/message/delivery_record.h"
#include "core/message/table_json.h"
#include "core/runtime/environment.h"
#include "unit/error_matchers.h"
#include "unit/random_message.h"

namespace mscomm {
namespace {

using test::error_of;
using ::testing::HasSubstr;
using ::testing::StartsWith;

FieldValue with(FieldKind kind, std::uint64_t data) { return {kind, data}; }

FieldValue floating(double number) {
  return with(FieldKind::float64, std::bit_cast<std::uint64_t>(number));
}

std::string table_json(const FieldTable& table) {
  std::string out;
  append_table_json(out, table);
  return out;
}

std::string value_json(const FieldValue& value) {
  const auto text = table_json({{"k", value}});
  return text.substr(5, text.size() - 6);  // without {"k": and }
}

FieldTable reread(const FieldTable& table) {
  return table_from_json(nlohmann::ordered_json::parse(table_json(table)), "test");
}

std::string record_json(const Delivery& delivery) {
  std::string out;
  append_delivery_json(out, {delivery, "q", WallTime{}});
  return out;
}

std::string record_refusal(std::string_view line) {
  return error_of([&] { parse_message_record(line, "line 3"); });
}

TEST(MessageJson, HasAllOfTheMessageInTheOrderOfItsTable) {
  Properties properties;
  properties.content_type = "application/json";
  properties.delivery_mode = 2;
  properties.headers = FieldTable{{"n", FieldValue::integer(1)}};
  Delivery delivery;
  delivery.exchange = "logs";
  delivery.delivery_tag = 1;
  delivery.properties = &properties;
  delivery.body = R"({"id":1})";
  std::string out = "before ";
  append_delivery_json(out, {delivery, "q", WallTime(std::chrono::milliseconds(1795341600123))});
  EXPECT_EQ(out, R"(before {"exchange":"logs","routing_key":"","queue":"q","properties":)"
                 R"({"content_type":"application/json","delivery_mode":2,"headers":{"n":1}},)"
                 R"("body":"{\"id\":1}","redelivered":false,"delivery_tag":1,)"
                 R"("received_at":"2026-11-22T10:00:00.123Z"})");
}

TEST(MessageJson, MarksStringsThatAreNotUtf8AsBase64) {
  Properties properties;
  properties.reply_to = "\xff";
  Delivery delivery;
  delivery.routing_key = "a\xc0";
  delivery.properties = &properties;
  delivery.body = std::string_view("\0\xff", 2);
  const auto json = record_json(delivery);
  EXPECT_THAT(json, HasSubstr(R"("routing_key_base64":"YcA=")"));
  EXPECT_THAT(json, HasSubstr(R"("properties":{"reply_to_base64":"/w=="})"));
  EXPECT_THAT(json, HasSubstr(R"("body_base64":"AP8=")"));
}

TEST(MessageJson, KeepsPresentButEmptyApartFromAbsent) {
  Properties empty;
  empty.headers = FieldTable{};
  empty.message_id = "";
  Delivery delivery;
  delivery.properties = &empty;
  EXPECT_EQ(parse_message_record(record_json(delivery), "x").properties, empty);
  const Properties absent;
  delivery.properties = &absent;
  EXPECT_EQ(parse_message_record(record_json(delivery), "x").properties, absent);
}

TEST(TableJson, MapsJsonsOwnTypesToJson) {
  EXPECT_EQ(value_json({}), "null");
  EXPECT_EQ(value_json(FieldValue::boolean(true)), "true");
  EXPECT_EQ(value_json(FieldValue::text("a\"b")), R"("a\"b")");
  EXPECT_EQ(value_json(FieldValue::integer(INT32_MIN)), "-2147483648");
  EXPECT_EQ(value_json(FieldValue::integer(INT32_MAX)), "2147483647");
  EXPECT_EQ(value_json(FieldValue::integer(2147483648)), "2147483648");
  EXPECT_EQ(value_json(FieldValue::integer(INT64_MIN)), "-9223372036854775808");
  EXPECT_EQ(value_json({FieldKind::array, FieldArray{}}), "[]");
  EXPECT_EQ(value_json({FieldKind::table, FieldTable{}}), "{}");
  EXPECT_EQ(value_json({FieldKind::array, FieldArray{{}, FieldValue::boolean(false)}}),
            "[null,false]");
}

TEST(TableJson, WritesEveryDoubleSoThatItStaysADouble) {
  EXPECT_EQ(value_json(floating(1.0)), "1.0");
  EXPECT_EQ(value_json(floating(-0.0)), "-0.0");
  EXPECT_EQ(value_json(floating(0.1)), "0.1");
  EXPECT_EQ(value_json(floating(1e30)), "1e+30");
  EXPECT_EQ(value_json(floating(5e-324)), "5e-324");
  using Limits = std::numeric_limits<double>;
  for (const double number : {1.0, -0.0, 0.0, 1e30, 123456789012345680.0, 5e-324, Limits::max(),
                              Limits::min(), Limits::lowest(), 0.1 + 0.2, 1e15, 1e16, 1e17}) {
    const FieldTable table{{"k", floating(number)}};
    EXPECT_EQ(reread(table), table) << number;
  }
}

TEST(TableJson, TagsWhatJsonCannotSay) {
  EXPECT_EQ(value_json(with(FieldKind::timestamp, 1700000000)),
            R"({"$amqp":"timestamp","value":1700000000})");
  EXPECT_EQ(value_json(with(FieldKind::int64, 5)), R"({"$amqp":"int64","value":5})");
  EXPECT_EQ(value_json(with(FieldKind::int8, static_cast<std::uint64_t>(-128))),
            R"({"$amqp":"int8","value":-128})");
  EXPECT_EQ(value_json(with(FieldKind::uint64, UINT64_MAX)),
            R"({"$amqp":"uint64","value":18446744073709551615})");
  EXPECT_EQ(value_json({FieldKind::decimal, Decimal{2, 314}}),
            R"({"$amqp":"decimal","scale":2,"value":314})");
  EXPECT_EQ(value_json({FieldKind::bytes, std::string("\0\xff", 2)}),
            R"({"$amqp":"bytes","base64":"AP8="})");
  EXPECT_EQ(value_json(FieldValue::text("\xff")), R"({"$amqp":"longstr","base64":"/w=="})");
  EXPECT_EQ(value_json(with(FieldKind::float64, 0x7ff8000000000001)),
            R"({"$amqp":"float64","bits":"7ff8000000000001"})");
  EXPECT_EQ(value_json(with(FieldKind::float32, 0x7f800000)),
            R"({"$amqp":"float32","bits":"7f800000"})");
  EXPECT_EQ(value_json(with(FieldKind::float32, std::bit_cast<std::uint32_t>(1.5F))),
            R"({"$amqp":"float32","value":1.5})");
}

TEST(TableJson, ListsEntriesWhenAnObjectCannotHoldTheTable) {
  const auto one = FieldValue::integer(1);
  EXPECT_EQ(table_json({{"a", one}, {"a", {}}}),
            R"({"$amqp":"table","entries":[["a",1],["a",null]]})");
  EXPECT_EQ(table_json({{"$amqp", one}}), R"({"$amqp":"table","entries":[["$amqp",1]]})");
  EXPECT_EQ(table_json({{"\xff", one}}), R"({"$amqp":"table","entries":[[{"base64":"/w=="},1]]})");
  FieldTable many;
  for (int i = 0; i < 40; ++i) {
    many.emplace_back(std::to_string(i % 39), FieldValue::integer(i));
  }
  EXPECT_THAT(table_json(many), StartsWith(R"({"$amqp":"table")"));
  EXPECT_EQ(reread(many), many);
}

TEST(TableJson, KeepsTheOrderOfEntries) {
  const FieldTable table{{"z", {}}, {"a", {}}, {"m", {}}};
  EXPECT_EQ(reread(table), table);
}

FieldTable nested_tables(int levels) {
  FieldTable table;
  for (int i = 0; i < levels; ++i) {
    FieldTable outer;
    outer.emplace_back("k", FieldValue{FieldKind::table, std::move(table)});
    table = std::move(outer);
  }
  return table;
}

TEST(TableJson, RefusesDeeperNestingThanTheLimit) {
  const auto deepest = nested_tables(kMaxFieldDepth);
  EXPECT_EQ(reread(deepest), deepest);
  EXPECT_THAT(error_of([] { reread(nested_tables(kMaxFieldDepth + 1)); }),
              HasSubstr("tables and arrays nest deeper than 64 levels"));
  const auto brackets = std::string(200'000, '[') + std::string(200'000, ']');
  EXPECT_THAT(error_of([&] { field_from_json(brackets, "-H k"); }), StartsWith("usage: -H k[0]"));
}

TEST(TableJson, ReadsATypedHeaderFromTheCommandLine) {
  EXPECT_EQ(field_from_json("1", "-H"), FieldValue::integer(1));
  EXPECT_EQ(field_from_json("4294967296", "-H"), with(FieldKind::int64, 4294967296));
  EXPECT_EQ(field_from_json("1.0", "-H"), floating(1));
  EXPECT_EQ(field_from_json(R"({"$amqp":"float32","value":1})", "-H"),
            with(FieldKind::float32, std::bit_cast<std::uint32_t>(1.0F)));
  EXPECT_EQ(field_from_json(R"("x")", "-H"), FieldValue::text("x"));
}

TEST(TableJson, SaysWhatIsWrongWithAValue) {
  const auto wrong = [](std::string_view json) {
    return error_of([&] { field_from_json(json, "-H k"); });
  };
  EXPECT_EQ(wrong("tru"),
            "usage: -H k: this is not JSON: syntax error while parsing value - invalid literal at "
            "byte 4");
  EXPECT_EQ(wrong("1e999"), "usage: -H k: number overflow parsing '1e999'");
  EXPECT_THAT(wrong("9223372036854775808"), HasSubstr(R"(write {"$amqp":"uint64","value":9223)"));
  EXPECT_EQ(wrong(R"({"$amqp":"int8","value":128})"),
            "usage: -H k: value: 128 is not from -128 to 127");
  EXPECT_EQ(wrong(R"({"$amqp":"int64","value":9223372036854775808})"),
            "usage: -H k: value: 9223372036854775808 is not from -9223372036854775808 to "
            "9223372036854775807");
  EXPECT_EQ(wrong(R"({"$amqp":"uint8","value":-1})"),
            "usage: -H k: value: -1 is not from 0 to 255");
  EXPECT_EQ(wrong(R"({"$amqp":"uint8","value":"1"})"),
            "usage: -H k: value: expected an integer, not a string");
  EXPECT_THAT(wrong(R"({"$amqp":"int9","value":1})"), HasSubstr("unknown type 'int9'"));
  EXPECT_EQ(wrong(R"({"$amqp":"int8"})"), "usage: -H k: the member 'value' is missing");
  EXPECT_EQ(wrong(R"({"$amqp":"int8","valeu":1})"),
            "usage: -H k: unknown member 'valeu' | did you mean 'value'?");
  EXPECT_EQ(wrong(R"({"$amqp":"bytes","base64":"A"})"), "usage: -H k: base64: this is not base64");
  EXPECT_EQ(wrong(R"({"$amqp":"float32","bits":"7f8"})"),
            "usage: -H k: bits: expected 8 hexadecimal digits");
  EXPECT_EQ(wrong(R"({"$amqp":"float32","value":1e300})"),
            "usage: -H k: value: 1e+300 does not fit a float32");
  EXPECT_EQ(wrong(R"({"$amqp":"table","entries":[["a"]]})"),
            "usage: -H k: entries[0]: expected an array of a name and a value, not an array");
}

TEST(MessageRecord, TakesARecordMadeByHand) {
  const auto record = parse_message_record(R"({"routing_key":"k","body":"hi"})", "line 1");
  EXPECT_EQ(record.exchange, std::nullopt);
  EXPECT_EQ(record.routing_key, "k");
  EXPECT_EQ(record.properties, Properties{});
  EXPECT_EQ(record.body, "hi");
  EXPECT_EQ(parse_message_record("{}", "line 1").body, "");
}

TEST(MessageRecord, TakesTheParsedBodyWhenThereIsNoBody) {
  EXPECT_EQ(parse_message_record(R"({"json":{"b":1,"a":[1.0,"é"]}})", "x").body,
            R"({"b":1,"a":[1.0,"é"]})");
  EXPECT_EQ(parse_message_record(R"({"json":{"b":1},"body":"text"})", "x").body, "text");
  const auto deep = R"({"json":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_THAT(record_refusal(deep),
              StartsWith("usage: line 3: json: it nests deeper than 512 levels"));
}

TEST(MessageRecord, RefusesNumbersThatWouldArriveAsOthers) {
  const auto refusal = [](const std::string& json) {
    return error_of([&json] { field_from_json(json, "-H n"); });
  };
  for (const auto* number : {"1e400", "-1e400", "1e-400", "-2.5E-999"}) {
    EXPECT_THAT(refusal(number), StartsWith("usage: -H n: ")) << number;
  }
  for (const auto* zero : {"0.0", "-0e-999", "0.000"}) {
    EXPECT_EQ(refusal(zero), "no error was thrown") << zero;
  }
  // As an integer it would arrive with other digits.
  EXPECT_THAT(refusal(R"({"$amqp":"float64","value":9007199254740993})"),
              HasSubstr("9007199254740993 has more digits than the type holds"));
  EXPECT_THAT(refusal(R"({"$amqp":"float32","value":16777217})"), HasSubstr("more digits"));
  EXPECT_EQ(refusal(R"({"$amqp":"float32","value":16777216})"), "no error was thrown");
}

TEST(MessageRecord, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(record_refusal(R"({"properties":{"headers":{"n":18446744073709551616}},"body":"x"})"),
              testing::HasSubstr("18446744073709551616 does not fit 64 bits"));
  EXPECT_THAT(record_refusal(R"({"json":[-9223372036854775809]})"),
              testing::HasSubstr("-9223372036854775809 does not fit 64 bits"));
  EXPECT_EQ(record_refusal("[1]"), "usage: line 3: expected an object, not an array");
  EXPECT_EQ(record_refusal(R"({"boddy":"x"})"),
            "usage: line 3: unknown member 'boddy' | did you mean 'body'?");
  EXPECT_EQ(record_refusal(R"({"properties":{"content-type":"x"}})"),
            "usage: line 3: properties: unknown member 'content-type' | did you mean "
            "'content_type'?");
  EXPECT_EQ(record_refusal(R"({"properties":{"headers_base64":"x"}})").substr(0, 57),
            "usage: line 3: properties: unknown member 'headers_base64");
  EXPECT_EQ(record_refusal(R"({"body":{"a":1}})"),
            "usage: line 3: body: expected a string, not an object");
  EXPECT_EQ(record_refusal(R"({"body":"x","body_base64":"eA=="})"),
            "usage: line 3: both 'body' and 'body_base64' are given");
  EXPECT_EQ(record_refusal(R"({"properties":{"priority":256}})"),
            "usage: line 3: properties.priority: 256 is not from 0 to 255");
  EXPECT_EQ(record_refusal(R"({"properties":{"delivery_mode":2.0}})"),
            "usage: line 3: properties.delivery_mode: expected an integer, not a number with a "
            "fraction or an exponent");
  EXPECT_EQ(
      record_refusal(R"({"properties":{"headers":{"x":{"y":[1,{"$amqp":"int8","value":999}]}}}})"),
      "usage: line 3: properties.headers.x.y[1].value: 999 is not from -128 to 127");
  EXPECT_THAT(record_refusal(R"({"body":"x)"), HasSubstr("missing closing quote at byte 11"));
  EXPECT_THAT(record_refusal("{\"body\":\"\xff\"}"), HasSubstr("at byte 10"));
}

TEST(MessageRecord, RefusesShortStringsOver255Bytes) {
  const std::string longest(255, 'k');
  EXPECT_EQ(parse_message_record(R"({"routing_key":")" + longest + R"("})", "x").routing_key,
            longest);
  EXPECT_EQ(record_refusal(R"({"routing_key":")" + longest + R"(k"})"),
            "usage: line 3: routing_key: 256 bytes are too long, AMQP allows 255");
  EXPECT_THAT(record_refusal(R"({"properties":{"type":")" + longest + R"(k"}})"),
              HasSubstr("properties.type: 256 bytes"));
  EXPECT_THAT(record_refusal(R"({"properties":{"headers":{")" + longest + R"(k":1}}})"),
              HasSubstr("properties.headers: the name has 256 bytes"));
}

std::uint64_t seed_from_environment() {
  const auto fixed = Environment::capture().get("MSCOMM_TEST_SEED");
  return fixed ? std::stoull(*fixed) : std::random_device{}();
}

TEST(MessageRecord, ReadsBackExactlyWhatWasWrittenForRandomMessages) {
  const auto seed = seed_from_environment();
  SCOPED_TRACE("repeat with MSCOMM_TEST_SEED=" + std::to_string(seed));
  test::RandomMessage random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const auto properties = random.properties();
    const auto exchange = random.bytes(20);
    const auto routing_key = random.bytes(random.chance(20) ? 255 : 20);
    const auto body = random.bytes(200);
    Delivery delivery;
    delivery.exchange = exchange;
    delivery.routing_key = routing_key;
    delivery.properties = &properties;
    delivery.body = body;
    const auto json = record_json(delivery);
    ASSERT_EQ(json.find('\n'), std::string::npos) << json;
    const auto record = parse_message_record(json, "line 1");
    ASSERT_EQ(record.exchange, exchange) << json;
    ASSERT_EQ(record.routing_key, routing_key) << json;
    ASSERT_EQ(record.properties, properties) << json;
    ASSERT_EQ(record.body, body) << json;
  }
}

}  // namespace
}  // namespace mscomm
