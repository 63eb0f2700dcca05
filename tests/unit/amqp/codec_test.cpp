#include "core/amqp/codec.h"

#include <amqp_framing.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "core/runtime/error.h"
#include "core/runtime/handle.h"

namespace mscomm {
namespace {

using testing::HasSubstr;

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte / 16U];
    out += kDigits[byte % 16U];
  }
  return out;
}

/// What rabbitmq-c makes of the table's bytes, or its error.
struct Wire {
  explicit Wire(const FieldTable& table) : bytes(256UL * 1024, '\0') {
    const EncodedTable encoded(table);
    auto copy = encoded.get();
    std::size_t written = 0;
    status = amqp_encode_table({bytes.size(), bytes.data()}, &copy, &written);
    bytes.resize(written);
  }
  FieldTable decoded() {
    amqp_pool_t pool;
    init_amqp_pool(&pool, 4096);
    const std::unique_ptr<amqp_pool_t, Deleter<empty_amqp_pool>> owner(&pool);
    amqp_table_t table{};
    std::size_t used = 0;
    EXPECT_EQ(amqp_decode_table(bytes_of(bytes), &pool, &table, &used), AMQP_STATUS_OK);
    EXPECT_EQ(used, bytes.size());
    return decode_table(table);
  }
  std::string bytes;
  int status = 0;
};

FieldValue number(FieldKind kind, std::uint64_t bits) { return {kind, bits}; }

/// Tables and arrays in turn, `levels` below the outermost table.
FieldTable nested(int levels) {
  FieldTable table{{"end", FieldValue::text("x")}};
  while (levels > 0) {
    FieldTable outer;
    if (levels % 3 == 0) {
      FieldArray array;
      array.push_back({FieldKind::table, std::move(table)});
      outer.emplace_back("a", FieldValue{FieldKind::array, std::move(array)});
      levels -= 2;
    } else {
      outer.emplace_back("t", FieldValue{FieldKind::table, std::move(table)});
      --levels;
    }
    table = std::move(outer);
  }
  return table;
}

TEST(EncodedTable, EveryFieldKindSurvivesTheWire) {
  const FieldTable table{
      {"t", FieldValue::boolean(true)},
      {"f", FieldValue::boolean(false)},
      {"b", number(FieldKind::int8, static_cast<std::uint64_t>(-128))},
      {"B", number(FieldKind::uint8, 255)},
      {"s", number(FieldKind::int16, static_cast<std::uint64_t>(-32768))},
      {"u", number(FieldKind::uint16, 65535)},
      {"I", number(FieldKind::int32, static_cast<std::uint64_t>(INT32_MIN))},
      {"i", number(FieldKind::uint32, UINT32_MAX)},
      {"l", number(FieldKind::int64, static_cast<std::uint64_t>(INT64_MIN))},
      {"L", number(FieldKind::uint64, UINT64_MAX)},
      {"f32", number(FieldKind::float32, 0x7fc00001)},
      {"f64", number(FieldKind::float64, 0x7ff8000000000001)},
      {"D", {FieldKind::decimal, Decimal{3, 4294967295U}}},
      {"S", FieldValue::text(std::string("\0\xff\n", 3))},
      {"x", {FieldKind::bytes, std::string("\xfe\0", 2)}},
      {"A",
       {FieldKind::array,
        FieldArray{
            FieldValue::integer(1), {FieldKind::null, {}}, {FieldKind::array, FieldArray{}}}}},
      {"T", number(FieldKind::timestamp, 1700000000)},
      {"F",
       {FieldKind::table,
        FieldTable{{"", FieldValue::text("")}, {"e", {FieldKind::table, FieldTable{}}}}}},
      {"V", {FieldKind::null, {}}},
      {"V", FieldValue::text("a name may repeat")},
      {std::string(255, 'n'), FieldValue::integer(INT64_MAX)},
  };
  Wire wire(table);
  ASSERT_EQ(wire.status, AMQP_STATUS_OK);
  EXPECT_EQ(wire.decoded(), table);
}

TEST(EncodedTable, WritesTheBytesOfTheSpecification) {
  const Wire wire({{"n", FieldValue::integer(-2)}, {"s", FieldValue::text("ab")}});
  EXPECT_EQ(hex(wire.bytes),
            "00000010"
            "016e"
            "49"
            "fffffffe"
            "0173"
            "53"
            "00000002"
            "6162");
}

TEST(EncodedTable, RefusesANameOver255BytesAtEveryLevel) {
  const FieldTable longest{{std::string(256, 'n'), {}}};
  EXPECT_THROW(EncodedTable{longest}, Error);
  const FieldTable inside{{"t", {FieldKind::table, longest}}};
  EXPECT_THROW(EncodedTable{inside}, Error);
  const FieldTable in_array{{"a", {FieldKind::array, FieldArray{{FieldKind::table, longest}}}}};
  try {
    const EncodedTable encoded(in_array);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Exit::usage);
    EXPECT_THAT(error.what(), HasSubstr("256 bytes"));
  }
}

TEST(EncodedTable, ANameThatIsNotTextIsShownHarmlessly) {
  const FieldTable table{{std::string(256, '\x1b'), {}}};
  try {
    const EncodedTable encoded(table);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("\\x1b"));
  }
}

TEST(EncodedTable, NestsAsDeepAsTheLimitAndNoDeeper) {
  Wire wire(nested(kMaxFieldDepth));
  ASSERT_EQ(wire.status, AMQP_STATUS_OK);
  EXPECT_EQ(wire.decoded(), nested(kMaxFieldDepth));
  EXPECT_THROW(EncodedTable{nested(kMaxFieldDepth + 1)}, Error);
}

TEST(DecodeTable, RefusesNestingThatNoMessageOfOursHas) {
  std::vector<amqp_table_t> tables(kMaxFieldDepth + 3);
  std::vector<amqp_table_entry_t> entries(tables.size());
  for (std::size_t i = 0; i + 1 < tables.size(); ++i) {
    entries[i].key = bytes_of("t");
    entries[i].value.kind = AMQP_FIELD_KIND_TABLE;
    entries[i + 1].value.kind = AMQP_FIELD_KIND_VOID;
    tables[i] = {1, &entries[i]};
  }
  for (std::size_t i = tables.size() - 1; i-- > 0;) {
    entries[i].value.value.table = tables[i + 1];
  }
  EXPECT_THROW(decode_table(tables[0]), Error);
}

TEST(FrameEncoder, WritesAMethodFrame) {
  FrameEncoder encoder(4096);
  amqp_basic_publish_t publish{};
  publish.exchange = bytes_of("ex");
  publish.routing_key = bytes_of("k");
  publish.mandatory = 1;
  std::string out = "before";
  encoder.append_method(out, 1, AMQP_BASIC_PUBLISH_METHOD, &publish);
  EXPECT_EQ(hex(out.substr(6)),
            "01"
            "0001"
            "0000000c"
            "003c0028"
            "0000"
            "026578"
            "016b"
            "01"
            "ce");
  EXPECT_EQ(out.substr(0, 6), "before");
}

TEST(FrameEncoder, WritesAContentHeader) {
  FrameEncoder encoder(4096);
  Properties properties;
  properties.content_type = "a";
  properties.delivery_mode = std::uint8_t{2};
  properties.headers = FieldTable{{"n", FieldValue::integer(1)}};
  std::string out;
  encoder.append_content_header(out, 0x0203, 0x0102030405060708, properties);
  EXPECT_EQ(hex(out),
            "02"
            "0203"
            "0000001c"
            "003c"
            "0000"
            "0102030405060708"
            "b000"
            "0161"
            "00000007"
            "016e"
            "49"
            "00000001"
            "02"
            "ce");
}

TEST(FrameEncoder, WritesAllPropertiesInTheOrderOfTheSpecification) {
  FrameEncoder encoder(4096);
  Properties all{"a",
                 "b",
                 FieldTable{},
                 std::uint8_t{1},
                 std::uint8_t{9},
                 "c",
                 "d",
                 "e",
                 "f",
                 std::uint64_t{7},
                 "g",
                 "h",
                 "i",
                 "j"};
  std::string out;
  encoder.append_content_header(out, 1, 0, all);
  EXPECT_EQ(hex(out.substr(7 + 12)),
            "fffc"
            "0161"
            "0162"
            "00000000"
            "01"
            "09"
            "0163"
            "0164"
            "0165"
            "0166"
            "0000000000000007"
            "0167"
            "0168"
            "0169"
            "016a"
            "ce");
}

TEST(FrameEncoder, TellsAnEmptyPropertyFromAnAbsentOne) {
  FrameEncoder encoder(4096);
  Properties properties;
  std::string absent;
  encoder.append_content_header(absent, 1, 0, properties);
  properties.message_id = "";
  std::string empty;
  encoder.append_content_header(empty, 1, 0, properties);
  EXPECT_EQ(hex(absent.substr(7 + 12)),
            "0000"
            "ce");
  EXPECT_EQ(hex(empty.substr(7 + 12)),
            "0080"
            "00"
            "ce");
}

TEST(FrameEncoder, CutsABodyAtTheFrameSizeExactly) {
  constexpr std::size_t kPayload = 4096 - 8;
  const FrameEncoder encoder(4096);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kPayload - 1, kPayload,
                                 kPayload + 1, 2 * kPayload, 2 * kPayload + 1, 3 * kPayload}) {
    std::string body(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
      body[i] = static_cast<char>(i * 7 % 251);
    }
    std::string out;
    encoder.append_body(out, 1, body);
    std::string joined;
    std::size_t frames = 0;
    for (std::size_t at = 0; at < out.size(); ++frames) {
      ASSERT_EQ(hex(out.substr(at, 3)), "030001");
      const auto length = std::stoul(hex(out.substr(at + 3, 4)), nullptr, 16);
      ASSERT_GT(length, 0U);
      ASSERT_LE(length, kPayload);
      joined += out.substr(at + 7, length);
      ASSERT_EQ(out[at + 7 + length], '\xCE');
      at += length + 8;
    }
    EXPECT_EQ(joined, body);
    EXPECT_EQ(frames, (size + kPayload - 1) / kPayload);
  }
}

TEST(FrameEncoder, WritesAHeartbeat) {
  std::string out;
  FrameEncoder::append_heartbeat(out);
  EXPECT_EQ(hex(out),
            "0800000000"
            "0000ce");
}

TEST(FrameEncoder, RefusesLongNamesBeforeAnythingIsAppended) {
  FrameEncoder encoder(4096);
  const std::string longest(255, 'k');
  const std::string too_long(256, 'k');
  amqp_basic_publish_t publish{};
  publish.exchange = bytes_of("e");
  publish.routing_key = bytes_of(longest);
  std::string out;
  encoder.append_method(out, 1, AMQP_BASIC_PUBLISH_METHOD, &publish);
  const auto before = out;
  publish.routing_key = bytes_of(too_long);
  try {
    encoder.append_method(out, 1, AMQP_BASIC_PUBLISH_METHOD, &publish);
    FAIL() << hex(out.substr(before.size(), 16));
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Exit::usage);
  }
  EXPECT_EQ(out, before);
}

using Text = std::optional<std::string> Properties::*;

TEST(FrameEncoder, RefusesAPropertyOver255BytesBeforeAnythingIsAppended) {
  FrameEncoder encoder(4096);
  for (const Text member :
       {&Properties::content_type, &Properties::content_encoding, &Properties::correlation_id,
        &Properties::reply_to, &Properties::expiration, &Properties::message_id, &Properties::type,
        &Properties::user_id, &Properties::app_id, &Properties::cluster_id}) {
    Properties properties;
    properties.*member = std::string(255, 'p');
    std::string out;
    encoder.append_content_header(out, 1, 1, properties);
    EXPECT_FALSE(out.empty());
    properties.*member = std::string(256, 'p');
    out = "before";
    EXPECT_THROW(encoder.append_content_header(out, 1, 1, properties), Error);
    EXPECT_EQ(out, "before");
  }
}

TEST(FrameEncoder, RefusesHeadersThatDoNotFitAFrameAndTakesThoseThatJustDo) {
  FrameEncoder encoder(4096);
  // 12 for class, weight and size, 2 for the flags, 4 for the table's length, 2 for the name, 5 for
  // the value.
  constexpr std::size_t kMost = 4096 - 8 - 12 - 2 - 4 - 2 - 5;
  Properties properties;
  properties.headers = FieldTable{{"n", FieldValue::text(std::string(kMost, 'v'))}};
  std::string out;
  encoder.append_content_header(out, 1, 1, properties);
  EXPECT_EQ(out.size(), 4096U);
  properties.headers = FieldTable{{"n", FieldValue::text(std::string(kMost + 1, 'v'))}};
  const auto before = out;
  EXPECT_THROW(encoder.append_content_header(out, 1, 1, properties), Error);
  EXPECT_EQ(out, before);
}

TEST(AssignProperties, SetsWhatIsThereAndClearsTheRest) {
  Properties out;
  out.app_id = "of the message before";
  out.priority = std::uint8_t{3};
  out.headers = FieldTable{{"old", {}}};
  out.message_id = "old";
  amqp_basic_properties_t decoded{};
  decoded._flags = AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_TYPE_FLAG;
  decoded.message_id = bytes_of("new");
  decoded.timestamp = 5;
  decoded.type = amqp_empty_bytes;
  decoded.app_id = bytes_of("not flagged");
  assign_properties(out, decoded);
  Properties expected;
  expected.message_id = "new";
  expected.timestamp = std::uint64_t{5};
  expected.type = "";
  EXPECT_EQ(out, expected);
}

}  // namespace
}  // namespace mscomm
