#include "core/probe/probe_target.h"

#include <gtest/gtest.h>

#include "core/runtime/error.h"

namespace mscomm {
namespace {

ProbeTarget one(const std::string& text) {
  const auto targets = parse_probe_target(text, {});
  EXPECT_EQ(targets.size(), 1U) << text;
  return targets.at(0);
}

struct Refusal {
  std::string message;
  std::string hint;
};

Refusal refused(const std::string& text) {
  try {
    parse_probe_target(text, {});
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Exit::usage) << text;
    return {error.what(), error.hint()};
  }
  ADD_FAILURE() << text << " was taken";
  return {};
}

TEST(ProbeTarget, IsARequestForAnHttpUrl) {
  const auto target = one("http://service/health?deep=1");
  EXPECT_EQ(target.kind(), "http");
  EXPECT_EQ(target.shown, "http://service/health?deep=1");
  EXPECT_EQ(one("https://service").shown, "https://service/");
}

TEST(ProbeTarget, IsLocalhostWhenOnlyAPortIsGiven) {
  EXPECT_EQ(one(":8080/health").shown, "http://localhost:8080/health");
}

TEST(ProbeTarget, IsABrokerForAnAmqpUrl) {
  const auto target = one("amqps://me:secret@mq/orders");
  EXPECT_EQ(target.kind(), "amqp");
  EXPECT_EQ(target.shown, "amqps://me@mq:5671/orders");
  EXPECT_EQ(std::get<BrokerUrl>(target.address).password.reveal(), "secret");
}

TEST(ProbeTarget, IsOneForEachHostOfABrokerUrl) {
  const auto targets = parse_probe_target("amqp://a,b:5673/v", {});
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[0].shown, "amqp://a:5672/v");
  EXPECT_EQ(targets[1].shown, "amqp://b:5673/v");
}

TEST(ProbeTarget, TakesTheBrokersPasswordOfTheOptions) {
  BrokerOptions options;
  options.password = Secret("from file");
  const auto targets = parse_probe_target("amqp://me@mq", options);
  EXPECT_EQ(std::get<BrokerUrl>(targets.at(0).address).password.reveal(), "from file");
}

TEST(ProbeTarget, IsAPortForATcpUrl) {
  for (const auto* text : {"tcp://db:5432", "TCP://db:5432/"}) {
    const auto target = one(text);
    EXPECT_EQ(target.kind(), "tcp");
    EXPECT_EQ(target.shown, "tcp://db:5432");
    EXPECT_EQ(std::get<TcpAddress>(target.address).host, "db");
    EXPECT_EQ(std::get<TcpAddress>(target.address).port, 5432);
  }
  const auto ipv6 = one("tcp://[::1]:1");
  EXPECT_EQ(ipv6.shown, "tcp://[::1]:1");
  EXPECT_EQ(std::get<TcpAddress>(ipv6.address).host, "::1");
}

TEST(ProbeTarget, WithoutASchemeIsAnsweredWithTheOneThatWasProbablyMeant) {
  EXPECT_EQ(refused("db:5432").hint, "write tcp://db:5432");
  EXPECT_EQ(refused("[::1]:5432").hint, "write tcp://[::1]:5432");
  EXPECT_NE(refused("mq").hint.find("tcp://"), std::string::npos);
  EXPECT_NE(refused("").hint.find("tcp://"), std::string::npos);
  EXPECT_EQ(refused("htps://x").hint, "did you mean 'https://'?");
  EXPECT_NE(refused("ftp2://x").message.find("unknown scheme 'ftp2'"), std::string::npos);
}

TEST(ProbeTarget, RefusesATcpUrlThatIsNotHostAndPort) {
  for (const auto* text :
       {"tcp://db", "tcp://", "tcp://:1", "tcp://db:", "tcp://db:0", "tcp://db:65536",
        "tcp://db:99999999999999999999", "tcp://db:x", "tcp://db:1/path", "tcp://me@db:1",
        "tcp://::1:1", "tcp://[::1]", "tcp://[::1", "tcp://[::1]x:1", "tcp://d b:1"}) {
    EXPECT_FALSE(refused(text).hint.empty()) << text;
  }
}

TEST(ProbeTarget, NeverShowsAPasswordWhenItRefuses) {
  for (const auto* text : {"tcp://me:secret@db:1", "me:secret@db:1", "me:secret@db",
                           "foo://me:secret@db", "amqp://me:secret@db:x", "amqp://me:secret@/a/b",
                           "http://me:secret@ho st/", "http://me:secret@host:x/"}) {
    const auto refusal = refused(text);
    EXPECT_EQ((refusal.message + refusal.hint).find("secret"), std::string::npos)
        << refusal.message << '\n'
        << refusal.hint;
  }
}

}  // namespace
}  // namespace mscomm
