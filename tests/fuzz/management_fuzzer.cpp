// What a broker says of itself in its greeting, and what its management API answers.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/amqp/management_options.h"
#include "core/amqp/queue_page.h"
#include "core/document/json_parser.h"
#include "core/runtime/error.h"
#include "fuzz/fuzzer.h"

namespace mscomm::test {
namespace {

BrokerVersion check_version(std::string_view input) {
  const auto space = std::min(input.find(' '), input.size());
  const auto rest = input.substr(std::min(space + 1, input.size()));
  auto version = parse_broker_version(input.substr(0, space), rest);
  const auto name = version.name();
  require(name.size() < 1000);
  require(std::ranges::none_of(name, [](char c) { return c >= 0 && c < ' '; }));
  require(version.is_known ||
          (version.default_delivery_limit() == 20 && version.nack_counts_as_delivery_attempt()));
  require(parse_broker_version("RabbitMQ", rest).version == rest);
  return version;
}

void check_queue(const QueueFacts& queue, const BrokerVersion& version) {
  const auto limit = effective_delivery_limit(queue, version);
  require(!limit || *limit >= 0);
  require(!limit || !queue.delivery_limit || *limit == *queue.delivery_limit);
}

void check_answer(std::string_view input, const BrokerVersion& version) {
  constexpr std::size_t kDeepest = 30;
  JsonMistake mistake;
  const auto json =
      is_json_nested_within(input, kDeepest) ? parse_json(input, mistake) : std::nullopt;
  if (!json) {
    return;
  }
  if (const auto queue = read_queue_facts(*json)) {
    check_queue(*queue, version);
  }
  if (const auto page = read_queue_page(*json)) {
    for (const auto& queue : page->queues) {
      check_queue(queue, version);
      require(place_of(page->queues.front()) <= place_of(queue));
    }
  }
}

void check_url(std::string_view input) {
  try {
    check_management_url(input, "--management-url");
    (void)speaks_tls(input);
  } catch (const Error& error) {
    require(error.reason() == Exit::usage);
  }
}

}  // namespace

void fuzz(std::string_view input) {
  check_answer(input, check_version(input));
  check_url(input);
  require(wider_expression(input).size() <= 2 * input.size() + 10);
}

}  // namespace mscomm::test
