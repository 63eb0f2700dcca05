#include "core/amqp/broker_version.h"

#include <gtest/gtest.h>

#include <string>

namespace mscomm {
namespace {

BrokerVersion rabbit(std::string_view version) { return parse_broker_version("RabbitMQ", version); }

TEST(BrokerVersion, ReadsTheNumbersOfRabbitMq) {
  const auto version = rabbit("3.10.8");
  EXPECT_TRUE(version.is_known);
  EXPECT_EQ(version.major, 3U);
  EXPECT_EQ(version.minor, 10U);
  EXPECT_EQ(version.patch, 8U);
  EXPECT_FALSE(version.is_prerelease);
  EXPECT_EQ(version.name(), "RabbitMQ 3.10.8");
}

TEST(BrokerVersion, ReadsSuffixesAndMissingNumbers) {
  EXPECT_TRUE(rabbit("4.1.0-rc.1").is_known);
  EXPECT_TRUE(rabbit("4.1.0-rc.1").is_prerelease);
  EXPECT_TRUE(rabbit("3.13.0+2.gabc").is_known);
  EXPECT_FALSE(rabbit("3.13.0+2.gabc").is_prerelease);
  EXPECT_EQ(rabbit("3.13.0+2.gabc").minor, 13U);
  EXPECT_TRUE(rabbit("4").is_known);
  EXPECT_EQ(rabbit("4.2").minor, 2U);
}

TEST(BrokerVersion, IsUnknownWhereItCannotBeRead) {
  for (const std::string text :
       {"", "four", "-4.0.0", "+4.0", "4.", "4..0", "4.x", " 4.0.0", "4.0.0.1", "4.0 beta", "0x4.0",
        "99999999999.0.0", "4.99999999999999999999.0"}) {
    EXPECT_FALSE(rabbit(text).is_known) << text;
    EXPECT_EQ(rabbit(text).major, 0U) << text;
    EXPECT_EQ(rabbit(text).version, text);
  }
  EXPECT_FALSE(rabbit(std::string(100'000, '4')).is_known);
  EXPECT_FALSE(rabbit(std::string_view("3\0.10", 5)).is_known);
}

TEST(BrokerVersion, OfAnotherProductSaysNothing) {
  for (const std::string_view product : {"", "rabbitmq", "LavinMQ", "RabbitMQ\n"}) {
    const auto version = parse_broker_version(product, "3.10.8");
    EXPECT_FALSE(version.is_known);
    EXPECT_EQ(version.default_delivery_limit(), 20);
    EXPECT_TRUE(version.nack_counts_as_delivery_attempt());
  }
}

TEST(BrokerVersion, IsShownInOneHarmlessShortLine) {
  EXPECT_EQ(parse_broker_version("Rabbit\nMQ", "\x1b[31m4").name(), "Rabbit\\nMQ \\x1b[31m4");
  EXPECT_EQ(parse_broker_version("", "").name(), "");
  EXPECT_EQ(parse_broker_version("LavinMQ", "").name(), "LavinMQ");
  EXPECT_LT(parse_broker_version("RabbitMQ", std::string(1'000'000, '9')).name().size(), 200U);
}

TEST(BrokerVersion, LimitsDeliveriesByItselfFrom40On) {
  EXPECT_EQ(rabbit("3.10.8").default_delivery_limit(), std::nullopt);
  EXPECT_EQ(rabbit("3.13.7").default_delivery_limit(), std::nullopt);
  EXPECT_EQ(rabbit("4.0.0-beta.1").default_delivery_limit(), 20);
  EXPECT_EQ(rabbit("4.0.5").default_delivery_limit(), 20);
  EXPECT_EQ(rabbit("5.0.0").default_delivery_limit(), 20);
  EXPECT_EQ(rabbit("unknown").default_delivery_limit(), 20);
}

TEST(BrokerVersion, CountsANackUpTo42) {
  EXPECT_TRUE(rabbit("3.10.8").nack_counts_as_delivery_attempt());
  EXPECT_TRUE(rabbit("4.2.7").nack_counts_as_delivery_attempt());
  EXPECT_TRUE(rabbit("4.3.0-rc.1").nack_counts_as_delivery_attempt());
  EXPECT_FALSE(rabbit("4.3.0").nack_counts_as_delivery_attempt());
  EXPECT_FALSE(rabbit("4.3.0+3.gabc").nack_counts_as_delivery_attempt());
  EXPECT_FALSE(rabbit("4.3.1-alpha.2").nack_counts_as_delivery_attempt());
  EXPECT_FALSE(rabbit("5.0.0").nack_counts_as_delivery_attempt());
  EXPECT_TRUE(rabbit("").nack_counts_as_delivery_attempt());
}

TEST(BrokerVersion, HearsOfAConsumerTimeoutByACancelFrom43On) {
  for (const auto* version : {"", "3.10.8", "4.2.7", "4.3.0-rc.1"}) {
    EXPECT_FALSE(rabbit(version).consumer_timeout_is_cancel()) << version;
  }
  for (const auto* version : {"4.3.0", "4.3.1-alpha.2", "5.0.0"}) {
    EXPECT_TRUE(rabbit(version).consumer_timeout_is_cancel()) << version;
  }
}

TEST(BrokerVersion, KnowsWhichReleasesWantConfigureForAPassiveDeclare) {
  for (const auto* version : {"4.2.6", "4.3.0"}) {
    EXPECT_TRUE(rabbit(version).passive_declare_needs_configure()) << version;
  }
  for (const auto* version : {"3.10.8", "4.0.5", "4.2.5", "4.2.7", "4.3.1", "5.2.6"}) {
    EXPECT_FALSE(rabbit(version).passive_declare_needs_configure()) << version;
  }
}

}  // namespace
}  // namespace mscomm
