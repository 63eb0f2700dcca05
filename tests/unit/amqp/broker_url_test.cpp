#include "core/amqp/broker_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "core/runtime/error.h"

namespace mscomm {
namespace {

using testing::HasSubstr;
using testing::Not;

BrokerUrl one(std::string_view text) {
  auto urls = parse_broker_urls(text);
  EXPECT_EQ(urls.size(), 1U) << text;
  return urls.front();
}

std::string refusal_of(std::string_view text) {
  try {
    parse_broker_urls(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Exit::usage);
    return std::string(error.what()) + "\n" + error.hint();
  }
  ADD_FAILURE() << "'" << text << "' was taken";
  return {};
}

TEST(BrokerUrl, DefaultsAreThoseOfAFreshBroker) {
  const auto url = one("amqp://localhost");
  EXPECT_FALSE(url.tls);
  EXPECT_EQ(url.host, "localhost");
  EXPECT_EQ(url.port, 5672);
  EXPECT_EQ(url.user, "guest");
  EXPECT_EQ(url.password.reveal(), "guest");
  EXPECT_FALSE(url.user_given);
  EXPECT_EQ(url.vhost, "/");
  EXPECT_FALSE(url.heartbeat_seconds || url.connection_timeout || url.channel_max || url.frame_max);
}

TEST(BrokerUrl, ReadsEveryPartOfTheAddress) {
  const auto url = one("amqps://alice:s3cret@mq.example.org:7000/orders");
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.host, "mq.example.org");
  EXPECT_EQ(url.port, 7000);
  EXPECT_EQ(url.user, "alice");
  EXPECT_TRUE(url.user_given);
  EXPECT_EQ(url.password.reveal(), "s3cret");
  EXPECT_EQ(url.vhost, "orders");
}

TEST(BrokerUrl, AmqpsHasItsOwnPort) { EXPECT_EQ(one("amqps://h").port, 5671); }

TEST(BrokerUrl, AnEmptyPathIsTheDefaultVirtualHost) {
  EXPECT_EQ(one("amqp://h/").vhost, "/");
  EXPECT_EQ(one("amqp://h/%2F").vhost, "/");
  EXPECT_EQ(one("amqp://h/%2f").vhost, "/");
  EXPECT_EQ(one("amqp://h/a%2Fb").vhost, "a/b");
}

TEST(BrokerUrl, DecodesPercentInEachPart) {
  const auto url = one("amqp://us%61%40er:pa%3A%2F%3F%23%40ss@ho%61st/v%C3%BC%20x");
  EXPECT_EQ(url.user, "usa@er");
  EXPECT_EQ(url.password.reveal(), "pa:/?#@ss");
  EXPECT_EQ(url.host, "hoast");
  EXPECT_EQ(url.vhost, "v\xC3\xBC x");
}

TEST(BrokerUrl, TakesNonAsciiCharactersAsTheyAre) {
  const auto url = one("amqp://jörg:größe@h/münchen");
  EXPECT_EQ(url.user, "jörg");
  EXPECT_EQ(url.password.reveal(), "größe");
  EXPECT_EQ(url.vhost, "münchen");
}

TEST(BrokerUrl, AnAtInThePasswordBelongsToItWhenAnotherFollows) {
  const auto url = one("amqp://u:p@ss@h/v");
  EXPECT_EQ(url.password.reveal(), "p@ss");
  EXPECT_EQ(url.host, "h");
}

TEST(BrokerUrl, RefusesAUserForEachHostInsteadOfTakingOneForThePassword) {
  EXPECT_THAT(refusal_of("amqp://u:hunter2@a,u:hunter2@b"), HasSubstr("several hosts"));
}

TEST(BrokerUrl, APasswordMayBeEmptyOrContainColons) {
  EXPECT_EQ(one("amqp://u:@h").password.reveal(), "");
  EXPECT_EQ(one("amqp://u:a:b@h").password.reveal(), "a:b");
}

TEST(BrokerUrl, RefusesBadEscapesAndNamesThePart) {
  EXPECT_THAT(refusal_of("amqp://u%zz:hunter2@h"), HasSubstr("user name"));
  EXPECT_THAT(refusal_of("amqp://u:hunter2%4@h"), HasSubstr("password"));
  EXPECT_THAT(refusal_of("amqp://u:hunter2%@h"), HasSubstr("%25"));
  EXPECT_THAT(refusal_of("amqp://h/%G0"), HasSubstr("virtual host"));
  EXPECT_THAT(refusal_of("amqp://h%-1"), HasSubstr("host"));
  EXPECT_THAT(refusal_of("amqp://h/?cacertfile=%"), HasSubstr("parameters"));
}

TEST(BrokerUrl, ReadsIPv6Addresses) {
  const auto url = one("amqp://u:p@[2001:db8::1]:5673/v");
  EXPECT_EQ(url.host, "2001:db8::1");
  EXPECT_EQ(url.port, 5673);
  EXPECT_EQ(url.shown(), "amqp://u@[2001:db8::1]:5673/v");
  EXPECT_EQ(one("amqp://[::1]").port, 5672);
  EXPECT_THAT(refusal_of("amqp://[::1"), HasSubstr("']'"));
  EXPECT_THAT(refusal_of("amqp://[::1]5672"), HasSubstr("IPv6"));
  refusal_of("amqp://::1");
  refusal_of("amqp://[]");
}

TEST(BrokerUrl, SeveralHostsShareTheRestOfTheAddress) {
  const auto urls = parse_broker_urls("amqp://u:p@a,b:5673,[::1]:5674/v?heartbeat=7");
  ASSERT_EQ(urls.size(), 3U);
  EXPECT_EQ(urls[0].shown(), "amqp://u@a:5672/v");
  EXPECT_EQ(urls[1].shown(), "amqp://u@b:5673/v");
  EXPECT_EQ(urls[2].shown(), "amqp://u@[::1]:5674/v");
  for (const auto& url : urls) {
    EXPECT_EQ(url.password.reveal(), "p");
    EXPECT_EQ(url.heartbeat_seconds, 7);
  }
}

TEST(BrokerUrl, SeveralUrlsAreJoinedByCommas) {
  const auto urls =
      parse_broker_urls(" amqp://a/v,amqps://u:p@b,c:1/w?verify=verify_none,amqp://d ");
  ASSERT_EQ(urls.size(), 4U);
  EXPECT_EQ(urls[0].shown(), "amqp://a:5672/v");
  EXPECT_EQ(urls[1].shown(), "amqps://u@b:5671/w");
  EXPECT_EQ(urls[2].shown(), "amqps://u@c:1/w");
  EXPECT_TRUE(urls[2].tls_options.insecure);
  EXPECT_EQ(urls[3].shown(), "amqp://d:5672/");
  EXPECT_FALSE(urls[3].tls_options.insecure);
}

TEST(BrokerUrl, ReadsEveryParameter) {
  const auto url =
      one("amqps://h?heartbeat=0&connection_timeout=1500&channel_max=9&frame_max=4096&"
          "auth_mechanism=external&cacertfile=/a%20b.pem&certfile=c&keyfile=k&verify=verify_peer&"
          "server_name_indication=n");
  EXPECT_EQ(url.heartbeat_seconds, 0);
  EXPECT_EQ(url.connection_timeout, Milliseconds(1500));
  EXPECT_EQ(url.channel_max, 9);
  EXPECT_EQ(url.frame_max, 4096);
  EXPECT_EQ(url.mechanisms, std::vector{Mechanism::external});
  EXPECT_EQ(url.tls_options.ca, "/a b.pem");
  EXPECT_EQ(url.tls_options.cert, "c");
  EXPECT_EQ(url.tls_options.key, "k");
  EXPECT_EQ(url.tls_options.server_name, "n");
  EXPECT_FALSE(url.tls_options.insecure);
}

TEST(BrokerUrl, TakesWhatRabbitmqsOwnClientTakes) {
  EXPECT_EQ(one("amqp://h?frame_max=0").frame_max, 0);
  EXPECT_EQ(one("amqp://h?frame_max=4294967295").frame_max, std::numeric_limits<int>::max());
  EXPECT_EQ(one("amqp://h?auth_mechanism=external&auth_mechanism=plain").mechanisms,
            (std::vector{Mechanism::external, Mechanism::plain}));
  EXPECT_EQ(one("amqp://h?auth_mechanism=amqplain").mechanisms, std::vector{Mechanism::plain});
  EXPECT_EQ(one("amqps://h?depth=2&fail_if_no_peer_cert=true").tls_options.depth, 2);
  EXPECT_THAT(refusal_of("amqps://h?password=x"), HasSubstr("pass phrase"));
}

TEST(BrokerUrl, RefusesParametersOutOfRange) {
  for (const auto* query : {"heartbeat=65536", "heartbeat=-1", "heartbeat=", "heartbeat=1s",
                            "connection_timeout=0", "frame_max=4095", "channel_max=65536",
                            "frame_max=99999999999999999999", "auth_mechanism=magic", "depth=-1",
                            "fail_if_no_peer_cert=false", "verify=yes", "heartbeat", "=1", "&"}) {
    refusal_of(std::string("amqp://h?") + query);
  }
}

TEST(BrokerUrl, SuggestsTheParameterThatWasMeant) {
  EXPECT_THAT(refusal_of("amqp://h?hartbeat=3"), HasSubstr("did you mean 'heartbeat'?"));
  EXPECT_THAT(refusal_of("amqp://h?colour=3"), HasSubstr("server_name_indication"));
}

TEST(BrokerUrl, RefusesWhatIsNoAddress) {
  for (const auto* text : {"",
                           "   ",
                           "localhost",
                           "http://h",
                           "AMQP",
                           "amqp:/h",
                           "://h",
                           "amqp://",
                           "amqp:///v",
                           "amqp://u:p@",
                           "amqp://,a",
                           "amqp://h:",
                           "amqp://h:0",
                           "amqp://h:65536",
                           "amqp://h:-1",
                           "amqp://h: 1",
                           "amqp://a b",
                           "amqp://h%00",
                           "amqp://h%2F",
                           "amqp://h/a/b"}) {
    refusal_of(text);
  }
}

TEST(BrokerUrl, ShowsNoPasswordAndNothingThatWouldReadDifferently) {
  const auto url = one("amqp://al%40ice:hunter2@h/a%2Fb%20c");
  EXPECT_EQ(url.shown(), "amqp://al%40ice@h:5672/a%2Fb%20c");
  EXPECT_EQ(one(url.shown()).vhost, "a/b c");
  EXPECT_EQ(one("amqp://h").shown(), "amqp://h:5672/");
}

// An unescaped '/', '?' or '#' in a password makes other parts of the address look like it.
TEST(BrokerUrl, APasswordThatIsNotEscapedIsNeitherShownNorMisread) {
  for (const auto* text :
       {"amqp://user:hunter2/x@h", "amqp://user:x/hunter2@h", "amqp://user:hunter2?x@h/v",
        "amqp://user:x?hunter2@h/v", "amqp://user:1/hunter2@h", "amqp://user:1?hunter2=x@h",
        "amqp://user:1?heartbeat=hunter2@h", "amqp://user:x/y/hunter2@h", "amqp://user:hunter2",
        "amqp://user:hunter2/v", "amqp:/user:hunter2@h", "amqp//user:hunter2@h", "user:hunter2@h",
        "amqp://user:hunter2%@h", "amqp://user:hunter2@h:x", "amqp://user:hunter2@[h",
        "amqp://user:hunter2@h?x=1", "amqp://user:x?hunter2", "amqp://user:x?hunter2=1"}) {
    EXPECT_THAT(refusal_of(text), Not(HasSubstr("hunter2"))) << text;
  }
}

TEST(BrokerUrl, GarbageNeitherCrashesNorLeaksThePassword) {
  std::mt19937 random(20240501);
  constexpr std::string_view kAlphabet = "amqps:/@?&=%,[]# \tx1\x80\xff";
  const auto any = [&](std::size_t most) {
    std::string text;
    for (auto left = random() % (most + 1); left > 0; --left) {
      text += kAlphabet[random() % kAlphabet.size()];
    }
    return text;
  };
  for (int round = 0; round < 20000; ++round) {
    const auto text = "amqp://user:" + any(4) + "hunter2" + any(4) + "@" + any(12);
    try {
      for (const auto& url : parse_broker_urls(text)) {
        EXPECT_THAT(url.shown(), Not(HasSubstr("hunter2"))) << text;
      }
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), Not(HasSubstr("hunter2"))) << text;
      EXPECT_THAT(error.hint(), Not(HasSubstr("hunter2"))) << text;
    }
  }
}

TEST(BrokerUrl, WhatIsShownNamesTheSameBroker) {
  for (const char* text :
       {"amqp://[fe80::1%25eth0]:5672/", "amqp://a%2Cb:5672/", "amqp://a%3Fb:1/v"}) {
    EXPECT_EQ(parse_broker_urls(text).front().shown(), text);
  }
}

}  // namespace
}  // namespace mscomm
