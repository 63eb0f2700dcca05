// What the management API of a broker says of queues, for tests: JSON, one line a queue.
//
//   queue_facts AMQP_URL MANAGEMENT_URL queue NAME     null: there is no such queue
//   queue_facts AMQP_URL MANAGEMENT_URL list [GLOB]    those of the virtual host, with their
//   settings queue_facts AMQP_URL MANAGEMENT_URL names [GLOB]   of all virtual hosts, without
//
// An empty MANAGEMENT_URL is the guessed one. Exit status 1 and the reason on stderr: it is not
// known.
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "core/amqp/connector.h"
#include "core/amqp/management.h"
#include "unit/run_context.h"

namespace {

using namespace mscomm;
using Json = nlohmann::ordered_json;

template <class T>
Json json_of(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json json_of(const QueueFacts& queue, const BrokerVersion& version) {
  constexpr std::array kTypes{"classic", "quorum", "stream", "other"};
  return {{"vhost", queue.vhost},
          {"name", queue.name},
          {"type", kTypes.at(static_cast<std::size_t>(queue.type))},
          {"durable", queue.durable},
          {"exclusive", queue.exclusive},
          {"auto_delete", queue.auto_delete},
          {"policies_known", queue.policies_known},
          {"delivery_limit", json_of(queue.delivery_limit)},
          {"effective_delivery_limit", json_of(effective_delivery_limit(queue, version))},
          {"dead_letter_exchange", json_of(queue.dead_letter_exchange)},
          {"messages", json_of(queue.messages)},
          {"ready", json_of(queue.ready)},
          {"unacknowledged", json_of(queue.unacknowledged)},
          {"consumers", json_of(queue.consumers)}};
}

void print(const Json& json) { std::puts(json.dump().c_str()); }

void answer(const BrokerOptions& broker, const std::string& verb, const std::string& name) {
  test::RunContext run;
  const auto session = Connector(broker, {}, run.context).connect();
  const auto management =
      make_management(management_options(broker.management_url, session->broker()), run.context);
  const auto until = Deadline(run.clock.now() + std::chrono::seconds(20));
  if (verb == "queue") {
    const auto queue = management->queue(session->broker().vhost, name, until);
    print(queue ? json_of(*queue, session->version()) : Json());
    return;
  }
  QueueQuery query;
  query.glob = name.empty() ? "*" : name;
  query.wants_settings = verb == "list";
  if (query.wants_settings) {
    query.vhost = session->broker().vhost;
  }
  management->for_each_queue(
      query, [&](const QueueFacts& queue) { print(json_of(queue, session->version())); }, until);
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) {
    std::fputs("usage: queue_facts AMQP_URL MANAGEMENT_URL queue|list|names [NAME]\n", stderr);
    return 2;
  }
  try {
    BrokerOptions broker;
    broker.urls = {words[1]};
    broker.management_url = words[2];
    answer(broker, words[3], count > 4 ? words[4] : "");
  } catch (const mscomm::ManagementUnavailable& why) {
    std::fprintf(stderr, "not known: %s\n", why.what());
    return 1;
  } catch (const mscomm::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 3;
  }
  return 0;
}
