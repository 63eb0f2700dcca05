#include "core/message/dead_letter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/message/message_record.h"
#include "core/message/table_json.h"

namespace mscomm {
namespace {

// The properties with these headers, as JSON.
Properties with_headers(const std::string& json) {
  return parse_message_record(R"({"properties":{"headers":)" + json + "}}", "test").properties;
}

std::string header_text(const Properties& properties) {
  std::string out;
  JsonWriter json(out);
  write_table(json, *properties.headers);
  return out;
}

// As RabbitMQ writes it: rejected first, expired in a queue for retries, and rejected again.
constexpr auto kTwice = R"({"x-death":[
  {"count":2,"reason":"rejected","queue":"q","exchange":"orders","routing-keys":["eu.paid"]},
  {"count":1,"reason":"expired","queue":"retry","exchange":"","routing-keys":["retry"]}],
  "x-first-death-queue":"q","x-first-death-reason":"rejected","x-first-death-exchange":"orders"})";

TEST(DeadLetter, TheFirstDeathIsTheOneThatTheBrokerNamesNotTheLastInTheList) {
  const auto properties = with_headers(kTwice);
  EXPECT_EQ(origin_of(properties, Death::first), (Route{"orders", "eu.paid"}));
  EXPECT_EQ(origin_of(properties, Death::last), (Route{"orders", "eu.paid"}));
}

TEST(DeadLetter, WithoutThatNameTheFirstDeathIsAtTheEnd) {
  const auto properties = with_headers(R"({"x-death":[
    {"reason":"expired","queue":"retry","exchange":"","routing-keys":["retry"]},
    {"reason":"rejected","queue":"q","exchange":"orders","routing-keys":["eu.paid"]}]})");
  EXPECT_EQ(origin_of(properties, Death::first), (Route{"orders", "eu.paid"}));
  EXPECT_EQ(origin_of(properties, Death::last), (Route{"", "retry"}));
}

TEST(DeadLetter, WhatHadSeveralKeysGoesToTheQueueWhereItDied) {
  EXPECT_EQ(origin_of(with_headers(R"({"x-death":[{"queue":"q","exchange":"x",
                                       "routing-keys":["a","b"]}]})"),
                      Death::first),
            (Route{"", "q"}));
  // CC makes the queue differ from the key of the default exchange, too.
  EXPECT_EQ(origin_of(with_headers(R"({"x-death":[{"queue":"b","exchange":"",
                                       "routing-keys":["a","b"]}]})"),
                      Death::first),
            (Route{"", "b"}));
}

TEST(DeadLetter, WhatDoesNotSayWhereItWasHasNoOrigin) {
  for (const auto* headers :
       {"{}", R"({"x-death":[]})", R"({"x-death":"q"})", R"({"x-death":["q"]})",
        R"({"x-death":[{"queue":"q"}]})", R"({"x-death":[{"queue":"q","exchange":"x"}]})",
        R"({"x-death":[{"queue":"q","exchange":"x","routing-keys":[]}]})",
        R"({"x-death":[{"queue":7,"exchange":"x","routing-keys":[7]}]})"}) {
    EXPECT_EQ(origin_of(with_headers(headers), Death::first), std::nullopt) << headers;
    EXPECT_EQ(origin_of(with_headers(headers), Death::last), std::nullopt) << headers;
  }
  EXPECT_EQ(origin_of({}, Death::first), std::nullopt);
}

TEST(DeadLetter, ThatBeginsAnewKeepsItsDeathsUnderAnotherName) {
  auto properties = with_headers(
      R"({"x-death":[{"queue":"q"}],"a":1,"x-first-death-queue":"q","x-last-death-queue":"q"})");
  EXPECT_TRUE(has_died_in(properties, "q"));
  EXPECT_FALSE(has_died_in(properties, "a"));
  begin_anew(properties);
  EXPECT_EQ(header_text(properties),
            R"({"a":1,"x-mscomm-death":[{"queue":"q"}],"x-mscomm-returns":1})");
  properties.headers->emplace_back("x-death", FieldValue::text("again"));
  begin_anew(properties);
  EXPECT_EQ(header_text(properties), R"({"a":1,"x-mscomm-death":"again","x-mscomm-returns":2})");
  EXPECT_FALSE(has_died_in(properties, "q"));
  Properties bare;
  begin_anew(bare);
  EXPECT_EQ(header_text(bare), R"({"x-mscomm-returns":1})");
}

TEST(CopiedProperties, WhatTheBrokerWouldActOnHasAnotherName) {
  auto properties = with_headers(
      R"({"CC":["a"],"x-delivery-count":3,"x-stream-offset":9,"BCC":["b"],"x-death":[],"n":1})");
  detach_copy(properties, "me");
  EXPECT_EQ(header_text(properties),
            R"({"x-death":[],"n":1,"x-mscomm-cc":["a"],"x-mscomm-bcc":["b"]})");
}

TEST(CopiedProperties, AUserIdIsKeptOnlyForItsOwner) {
  Properties properties;
  properties.user_id = "me";
  auto mine = properties;
  detach_copy(mine, "me");
  EXPECT_EQ(mine, properties);
  for (const auto& user : {std::optional<std::string>("you"), std::optional<std::string>()}) {
    auto copy = properties;
    detach_copy(copy, user);
    EXPECT_FALSE(copy.user_id);
    EXPECT_EQ(header_text(copy), R"({"x-mscomm-user-id":"me"})");
  }
}

}  // namespace
}  // namespace mscomm
