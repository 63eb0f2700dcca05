#include "core/amqp/management_options.h"

#include <gtest/gtest.h>

#include "core/amqp/connector.h"
#include "unit/error_matchers.h"

namespace mscomm {
namespace {

BrokerUrl broker(const std::string& url) { return parse_broker_urls(url).front(); }

std::string guess(const std::string& url) { return management_options("", broker(url)).url; }

TEST(ManagementOptions, AreGuessedFromTheBroker) {
  EXPECT_EQ(guess("amqp://mq:5673/v"), "http://mq:15672");
  EXPECT_EQ(guess("amqps://mq"), "https://mq:15671");
  EXPECT_EQ(guess("amqp://[::1]:5672"), "http://[::1]:15672");
  const auto options = management_options(
      "", broker("amqps://u:p%40ss@mq?cacertfile=/ca.pem&server_name_indication=other"));
  EXPECT_TRUE(options.is_guessed);
  EXPECT_EQ(options.user, "u");
  EXPECT_EQ(options.password.reveal(), "p@ss");
  EXPECT_EQ(options.tls.ca, "/ca.pem");
  EXPECT_EQ(options.tls.server_name, "other");
}

TEST(ManagementOptions, KeepTheBrokersLoginForAnExplicitUrl) {
  const auto options = management_options(
      "https://api/rabbit", broker("amqps://u:p@mq?cacertfile=/ca.pem&server_name_indication=x"));
  EXPECT_FALSE(options.is_guessed);
  EXPECT_EQ(options.url, "https://api/rabbit");
  EXPECT_EQ(options.user, "u");
  EXPECT_EQ(options.tls.ca, "/ca.pem");
  EXPECT_EQ(options.tls.server_name, "");
}

TEST(ManagementUrl, IsCheckedWithoutShowingAPassword) {
  for (const auto* url :
       {"http://h", "https://u:p@h:1/path/", "HTTP://[::1]:15672", "http://:p@h"}) {
    EXPECT_NO_THROW(check_management_url(url, "--x")) << url;
  }
  const auto mistake = [](const std::string& url) {
    return test::error_of([&] { check_management_url(url, "--x"); });
  };
  EXPECT_EQ(mistake("u:secret@h:15672"),
            "usage: --x: it begins with neither http:// nor https:// | for example "
            "--management-url http://localhost:15672");
  EXPECT_EQ(mistake("http://u:secret@/x").substr(0, 45),
            "usage: --x: 'http://u:***@/x' has no host | f");
  for (const auto* url : {"", "amqp://h", "/api", "http:", "http://", "http:///x", "http://h?a=b",
                          "http://h#f", "http://:15672"}) {
    EXPECT_THROW(check_management_url(url, "--x"), Error) << url;
  }
}

TEST(ManagementUrl, GetsNoPasswordInClearTextThatTlsProtects) {
  const auto mistake = [](const std::string& url, const std::string& to) {
    return test::error_of([&] { refuse_password_in_clear_text(url, broker(to)); });
  };
  EXPECT_EQ(mistake("http://api:15672", "amqps://u:secret@mq"),
            "usage: --management-url: http://api:15672 would get the password of "
            "amqps://u@mq:5671/ in clear text | write https://, or give the URL a user and a "
            "password of its own");
  for (const auto& [url, to] : {std::pair{"https://api", "amqps://u:p@mq"},
                                {"http://v:w@api", "amqps://u:p@mq"},
                                {"http://api", "amqp://u:p@mq"},
                                {"http://api", "amqps://mq"},
                                {"http://localhost:1", "amqps://u:p@mq"},
                                {"http://127.0.0.1:1", "amqps://u:p@mq"},
                                {"http://[::1]:1", "amqps://u:p@mq"},
                                {"", "amqps://u:p@mq"}}) {
    EXPECT_EQ(mistake(url, to), "no error was thrown") << url << " " << to;
  }
  EXPECT_NE(mistake("http://localhost.example.org", "amqps://u:p@mq"), "no error was thrown");
  EXPECT_NE(mistake("http://127.0.0.1.example.org", "amqps://u:p@mq"), "no error was thrown");
}

TEST(ManagementUrl, IsReadWithTheBrokersUrls) {
  BrokerOptions options;
  options.urls = {"amqps://u:secret@a,b"};
  options.management_url = "http://api";
  EXPECT_THROW(broker_urls(options), Error);
  options.management_url = "https://api";
  EXPECT_EQ(broker_urls(options).size(), 2U);
}

}  // namespace
}  // namespace mscomm
