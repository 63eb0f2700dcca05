#include "core/amqp/queue_facts.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

QueueFacts facts(const std::string& members) {
  return read_queue_facts(Json::parse(R"({"vhost": "/", "name": "q")" + members + "}")).value();
}

const auto old_broker = parse_broker_version("RabbitMQ", "3.10.8");
const auto new_broker = parse_broker_version("RabbitMQ", "4.0.5");

// What RabbitMQ 4.0.5 answers, some seconds after the queue was declared.
TEST(QueueFacts, AreReadFromWhatRabbitMqSays) {
  const auto queue = facts(R"(, "arguments": {"x-dead-letter-exchange": "dlx",
      "x-delivery-limit": 7, "x-queue-type": "quorum"}, "auto_delete": false, "consumers": 2,
      "delivery_limit": 5, "durable": true, "effective_policy_definition":
      {"dead-letter-exchange": "policy-dlx", "delivery-limit": 5}, "exclusive": false,
      "messages": 3, "messages_ready": 1, "messages_unacknowledged": 2, "type": "quorum")");
  EXPECT_EQ(queue.vhost, "/");
  EXPECT_EQ(queue.name, "q");
  EXPECT_EQ(queue.type, QueueType::quorum);
  EXPECT_TRUE(queue.durable);
  EXPECT_FALSE(queue.exclusive);
  EXPECT_FALSE(queue.auto_delete);
  EXPECT_TRUE(queue.policies_known);
  EXPECT_EQ(queue.delivery_limit, 5);
  EXPECT_EQ(queue.dead_letter_exchange, "dlx");
  EXPECT_EQ(queue.messages, 3U);
  EXPECT_EQ(queue.ready, 1U);
  EXPECT_EQ(queue.unacknowledged, 2U);
  EXPECT_EQ(queue.consumers, 2U);
}

// A new quorum queue has neither statistics nor a policy for the first seconds, on 3.10.8
// and 4.0.5.
TEST(QueueFacts, TellWhatIsUnknownFromNone) {
  const auto fresh = facts(R"(, "arguments": {"x-queue-type": "quorum"}, "type": "quorum")");
  EXPECT_FALSE(fresh.policies_known);
  EXPECT_EQ(fresh.messages, std::nullopt);
  EXPECT_EQ(fresh.ready, std::nullopt);
  EXPECT_EQ(fresh.unacknowledged, std::nullopt);
  EXPECT_EQ(fresh.consumers, std::nullopt);
  EXPECT_EQ(fresh.delivery_limit, std::nullopt);
  EXPECT_EQ(fresh.dead_letter_exchange, std::nullopt);
  EXPECT_FALSE(facts(R"(, "effective_policy_definition": null)").policies_known);
  EXPECT_TRUE(facts(R"(, "effective_policy_definition": {})").policies_known);
  EXPECT_TRUE(facts(R"(, "effective_policy_definition": [])").policies_known);
  EXPECT_EQ(facts(R"(, "messages": 0)").messages, 0U);
}

TEST(QueueFacts, HaveTheSmallestDeliveryLimit) {
  const auto limit = [](const std::string& argument, const std::string& policy,
                        const std::string& stated) {
    return facts(R"(, "arguments": {"x-delivery-limit": )" + argument +
                 R"(}, "effective_policy_definition": {"delivery-limit": )" + policy +
                 R"(}, "delivery_limit": )" + stated)
        .delivery_limit;
  };
  EXPECT_EQ(limit("7", "null", "null"), 7);
  EXPECT_EQ(limit("null", "5", "null"), 5);
  EXPECT_EQ(limit("7", "5", "null"), 5);
  EXPECT_EQ(limit("5", "7", "null"), 5);
  EXPECT_EQ(limit("-1", "5", "null"), 5);
  EXPECT_EQ(limit("5", "-1", "null"), 5);
  EXPECT_EQ(limit("0", "5", "null"), 0);
  EXPECT_EQ(limit("-1", "-1", "null"), kUnlimited);
  EXPECT_EQ(limit("-1", "null", "null"), kUnlimited);
  EXPECT_EQ(limit("null", "null", "20"), 20);
  EXPECT_EQ(limit("null", "null", R"("unlimited")"), kUnlimited);
  EXPECT_EQ(limit("7", "null", "20"), 7);  // a policy that the queue has not taken over yet
  EXPECT_EQ(limit("null", "null", "null"), std::nullopt);
}

TEST(QueueFacts, TakeTheDeadLetterExchangeOfTheArgumentFirst) {
  EXPECT_EQ(facts(R"(, "arguments": {"x-dead-letter-exchange": ""},
                     "effective_policy_definition": {"dead-letter-exchange": "p"})")
                .dead_letter_exchange,
            "");
  EXPECT_EQ(facts(R"(, "effective_policy_definition": {"dead-letter-exchange": "p"})")
                .dead_letter_exchange,
            "p");
}

TEST(QueueFacts, LeaveOutWhatIsOfAnotherType) {
  const auto queue = facts(R"(, "type": 7, "durable": "yes", "exclusive": 1, "messages": -1,
      "messages_ready": "3", "messages_unacknowledged": 1.5, "consumers": {}, "arguments": [1],
      "delivery_limit": "many")");
  EXPECT_EQ(queue.type, QueueType::other);
  EXPECT_FALSE(queue.durable);
  EXPECT_FALSE(queue.exclusive);
  EXPECT_EQ(queue.messages, std::nullopt);
  EXPECT_EQ(queue.ready, std::nullopt);
  EXPECT_EQ(queue.unacknowledged, std::nullopt);
  EXPECT_EQ(queue.consumers, std::nullopt);
  EXPECT_EQ(queue.delivery_limit, std::nullopt);
  EXPECT_EQ(facts(R"(, "type": "classic")").type, QueueType::classic);
  EXPECT_EQ(facts(R"(, "type": "stream")").type, QueueType::stream);
  EXPECT_EQ(facts(R"(, "type": "rabbit_mqtt_qos0_queue")").type, QueueType::other);
}

TEST(QueueFacts, NeedTheNamesOfTheQueueAndItsVirtualHost) {
  for (const auto* text : {"null", "7", "[]", "{}", R"({"name": "q"})", R"({"vhost": "/"})",
                           R"({"vhost": "/", "name": 7})", R"([{"vhost": "/", "name": "q"}])"}) {
    EXPECT_FALSE(read_queue_facts(Json::parse(text))) << text;
  }
}

TEST(EffectiveDeliveryLimit, IsTheSetOneElseTheVersions) {
  const auto limit = [](QueueType type, std::optional<std::int64_t> set, const auto& version) {
    QueueFacts queue;
    queue.type = type;
    queue.delivery_limit = set;
    return effective_delivery_limit(queue, version);
  };
  EXPECT_EQ(limit(QueueType::quorum, std::nullopt, old_broker), std::nullopt);
  EXPECT_EQ(limit(QueueType::quorum, std::nullopt, new_broker), 20);
  EXPECT_EQ(limit(QueueType::quorum, 5, old_broker), 5);
  EXPECT_EQ(limit(QueueType::quorum, kUnlimited, new_broker), std::nullopt);
  EXPECT_EQ(limit(QueueType::other, std::nullopt, new_broker), 20);
  EXPECT_EQ(limit(QueueType::classic, 5, new_broker), std::nullopt);
  EXPECT_EQ(limit(QueueType::stream, 5, new_broker), std::nullopt);
}

}  // namespace
}  // namespace mscomm
