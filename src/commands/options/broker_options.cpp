#include "commands/options/broker_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "commands/line/option_types.h"
#include "commands/options/tls_options.h"
#include "core/amqp/management_options.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

constexpr std::array kQueueKinds{Choice<QueueKind>{"durable", QueueKind::durable},
                                 Choice<QueueKind>{"transient", QueueKind::transient},
                                 Choice<QueueKind>{"quorum", QueueKind::quorum},
                                 Choice<QueueKind>{"stream", QueueKind::stream},
                                 Choice<QueueKind>{"exclusive", QueueKind::exclusive}};

// `x-max-length=1`: an integer or a boolean if the value reads as one, else text.
void add_queue_argument(FieldTable& table, const std::string& text, const std::string& what) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(Exit::usage, fmt::format("{}: '{}' is not KEY=VALUE", what, text),
                "for example --queue-arg x-max-length=1000");
  }
  const auto name = text.substr(0, equals);
  std::erase_if(table, [&](const auto& argument) { return argument.first == name; });
  const auto value = text.substr(equals + 1);
  auto field = FieldValue::text(value);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool is_number = !value.empty() && end == value.data() + value.size();
  if (is_number && error == std::errc::result_out_of_range) {
    throw Error(Exit::usage, fmt::format("{}: {} does not fit 64 bits", what, text));
  }
  if (is_number && error == std::errc{}) {
    field = FieldValue::integer(number);
  } else if (value == "true" || value == "false") {
    field = FieldValue::boolean(value == "true");
  }
  table.emplace_back(name, std::move(field));
}

}  // namespace

void bind_broker_options(CommandLine& line, BrokerOptions& options) {
  OptionGroup broker(line, "Broker");
  broker
      .list("-u,--url", options.urls, "URL",
            "the broker: amqp[s]://user@host:port/vhost?heartbeat=20; several hosts, joined "
            "by commas or by repeating the option, are tried in random order [env: AMQP_URL]")
      .defaults_to("amqp://localhost");
  broker.secret_file(
      "--password-file", options.password,
      "read the password from the first line of this file, which others must not be able to "
      "read");
  broker.number("--heartbeat", options.heartbeat_seconds, "SECONDS",
                "the longest silence on a healthy connection; 0 is without; default 20", 0U,
                65535U);
  broker.duration("--connect-timeout", options.connect_timeout,
                  "how long one broker may take to accept a login; default 10s");
  broker.duration("--wait", options.wait, "keep trying for so long until a broker accepts a login");
  broker.text("--connection-name", options.connection_name, "NAME",
              "the name that the broker shows for this connection");
  bind_management_option(broker, options.management_url);
  line.each({Relation::Kind::needs,
             {"--url=*amqps:*", "--management-url=https:*"},
             "TLS needs amqps:// in the URL",
             {},
             true},
            [&] { bind_tls_options(line, options.tls); });
}

void bind_management_option(OptionGroup& group, std::string& url) {
  group.custom(
      "--management-url", "URL",
      "the broker's management API, for what AMQP does not tell; default: http on port 15672 "
      "of the broker's host, for amqps:// https on port 15671; without a user of its own "
      "the login is the broker's",
      [&url](const std::string& value, const std::string& what) {
        check_management_url(value, what);
        url = value;
      });
}

void bind_loss_option(CommandLine& line, bool& recovers, const std::vector<std::string>& recover,
                      const std::string& help) {
  OptionGroup guarantee(line, "Guarantee");
  guarantee
      .custom("--on-loss", "WHAT", help,
              [&recovers, recover](const std::string& value, const std::string& what) {
                recovers = std::ranges::find(recover, value) != recover.end();
                if (!recovers && value != "fail") {
                  throw Error(Exit::usage, fmt::format("{}: '{}' is neither {} nor fail", what,
                                                       value, fmt::join(recover, ", ")));
                }
              })
      .defaults_to(recover.front());
}

void bind_topology_options(CommandLine& line, TopologyOptions& options) {
  OptionGroup topology(line, "Topology");
  topology
      .optional_choice(
          "--declare", options.declare, options.kind, kQueueKinds, "KIND",
          "create the queue if it is missing (durable unless a KIND is given: durable, transient, "
          "quorum, "
          "stream or exclusive); an existing one is used as it is, unless it is not of the KIND "
          "given")
      .needs({"QUEUE", "--queue"},
             "without a name there is nothing to declare: a queue of "
             "--bind alone is temporary and always made");
  topology
      .custom_list("--queue-arg", "KEY=VALUE",
                   "an argument of the queue to declare, for example x-max-length=1000",
                   [&options](const std::string& value, const std::string& what) {
                     add_queue_argument(options.queue_arguments, value, what);
                   })
      .needs({"--declare", "!QUEUE"});
  topology
      .text("--declare-exchange", options.exchange_type, "TYPE",
            "create the exchange if it is missing: fanout, topic, direct or headers")
      .needs({"--exchange", "--bind"});
  topology
      .list("--bind", options.bindings, "EXCHANGE[:KEY]",
            "bind the queue to this exchange, with this routing key; without one to all of it")
      .needs({"--queue"});
}

}  // namespace mscomm
