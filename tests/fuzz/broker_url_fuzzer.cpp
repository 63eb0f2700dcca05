// --url, AMQP_URL and what a profile says.

#include "core/amqp/broker_url.h"
#include "core/runtime/error.h"
#include "fuzz/fuzzer.h"

namespace mscomm::test {

void fuzz(std::string_view input) {
  std::vector<BrokerUrl> urls;
  try {
    urls = parse_broker_urls(input);
  } catch (const Error& error) {
    require(error.reason() == Exit::usage);
    return;
  }
  require(!urls.empty());
  for (const auto& url : urls) {
    // What is shown to people names the same broker and never depends on the password.
    const auto shown = url.shown();
    auto stranger = url;
    stranger.password = Secret("another");
    require(stranger.shown() == shown);
    const auto again = parse_broker_urls(shown);
    require(again.size() == 1);
    const auto& twin = again.front();
    require(twin.tls == url.tls && twin.host == url.host && twin.port == url.port);
    require(twin.vhost == url.vhost && twin.user_given == url.user_given);
    require(!url.user_given || twin.user == url.user);
    require(twin.shown() == shown);
  }
}

}  // namespace mscomm::test
