#include "core/message/delivery_record.h"

#include <gmock/gmock.h>

#include <bit>
#include <limits>

#include "core/message/message_record.h"

namespace mscomm {
namespace {

Properties all_properties() {
  Properties all;
  for (auto* text :
       {&all.content_type, &all.content_encoding, &all.correlation_id, &all.reply_to,
        &all.expiration, &all.message_id, &all.type, &all.user_id, &all.app_id, &all.cluster_id}) {
    *text = "t";
  }
  all.delivery_mode = 2;
  all.priority = 3;
  all.timestamp = std::numeric_limits<std::uint64_t>::max();
  all.headers = FieldTable{{"text", FieldValue::text("\xff")}, {"n", FieldValue::integer(1)}};
  return all;
}

class ADeliveryRecord : public ::testing::Test {
 protected:
  ADeliveryRecord() {
    delivery_.exchange = "x";
    delivery_.properties = &properties_;
    delivery_.body = "b\x1b";
  }

  std::string formatted(std::string_view format) {
    std::string out;
    FormatString<DeliveryRecord>(format, delivery_fields()).append(out, record_, false);
    return out;
  }

  Properties properties_ = all_properties();
  Delivery delivery_;
  DeliveryRecord record_{delivery_, "q", WallTime{}};
};

TEST_F(ADeliveryRecord, HasNoMemberThatItsReaderRefuses) {
  std::string json;
  append_json_object(json, delivery_fields(), record_);
  EXPECT_EQ(parse_message_record(json, "the record").properties, properties_);
}

TEST_F(ADeliveryRecord, HasNoBodyInJsonWhereThatLiesElsewhere) {
  std::string json;
  append_delivery_json(json, {delivery_, "q", WallTime{}, false});
  EXPECT_FALSE(parse_message_record(json, "the record").has_body);
}

TEST_F(ADeliveryRecord, HasPlainHeadersForExpressions) {
  const auto number = [](FieldKind kind, std::uint64_t data) { return FieldValue{kind, data}; };
  properties_.headers = FieldTable{
      {"int64", number(FieldKind::int64, static_cast<std::uint64_t>(-1))},
      {"uint8", number(FieldKind::uint8, 7)},
      {"time", number(FieldKind::timestamp, 1700000000)},
      {"odd", number(FieldKind::boolean, 2)},
      {"float32", number(FieldKind::float32, std::bit_cast<std::uint32_t>(0.5F))},
      {"nan", number(FieldKind::float64, 0x7FF8000000000000)},
      {"decimal", {FieldKind::decimal, Decimal{2, 314}}},
      {"text", {FieldKind::bytes, std::string("ab")}},
      {"bytes", {FieldKind::bytes, std::string("\xff")}},
      {"\xff", {FieldKind::array, FieldArray{number(FieldKind::int64, 1)}}},
      {"$amqp", {FieldKind::table, FieldTable{{"n", {}}}}},
  };
  std::string json;
  append_delivery_json(json, {delivery_, "q", WallTime{}, false, true});
  EXPECT_THAT(json, testing::HasSubstr(
                        R"("headers":{"int64":-1,"uint8":7,"time":1700000000,"odd":true,)"
                        R"("float32":0.5,"nan":{"$amqp":"float64","bits":"7ff8000000000000"},)"
                        R"("decimal":314e-2,"text":"ab","bytes":{"$amqp":"bytes","base64":"/w=="},)"
                        R"("\\xff":[1],"$amqp":{"n":null}})"));
}

TEST_F(ADeliveryRecord, IsFormattedFieldByField) {
  EXPECT_EQ(formatted("{exchange} {body_bytes} {body_base64} {timestamp} {received_at}"),
            "x 2 Yhs= 18446744073709551615 1970-01-01T00:00:00.000Z");
  EXPECT_EQ(formatted("{headers.text} {headers.n} {headers.absent}"), "\xff 1 ");
  properties_.headers.reset();
  EXPECT_EQ(formatted("{headers} {headers.n}"), "{} ");
}

TEST_F(ADeliveryRecord, IsALineAndTheBodyForPeople) {
  properties_ = {};
  properties_.type = "order";
  properties_.priority = 3;
  properties_.headers = FieldTable{{"n", FieldValue::integer(1)}};
  delivery_.redelivered = true;
  std::string text;
  append_delivery_text(text, record_);
  EXPECT_EQ(text,
            "1970-01-01T00:00:00.000Z exchange=x routing_key= type=order priority=3 "
            "headers={\"n\":1} redelivered\n  | b\\x1b");
}

TEST_F(ADeliveryRecord, BeginsNoLineWithWhatSomebodySent) {
  properties_ = {};
  properties_.type = "a\nforged";
  properties_.headers = FieldTable{{"n\nforged", FieldValue::text("\nforged")}};
  delivery_.exchange = delivery_.routing_key = "\nforged\u2028forged";
  delivery_.body = "one\nforged\r\n";
  std::string text;
  append_delivery_text(text, record_);
  EXPECT_EQ(text,
            "1970-01-01T00:00:00.000Z exchange=\\nforged\\u2028forged "
            "routing_key=\\nforged\\u2028forged type=a\\nforged "
            "headers={\"n\\nforged\":\"\\nforged\"}\n  | one\n  | forged");
}

}  // namespace
}  // namespace mscomm
