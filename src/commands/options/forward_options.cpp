#include "commands/options/forward_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "commands/line/common_options.h"
#include "commands/line/option_types.h"
#include "commands/line/profile.h"
#include "commands/line/settings.h"
#include "commands/options/broker_options.h"
#include "commands/options/origin_option.h"
#include "core/runtime/ascii.h"
#include "core/runtime/duration.h"
#include "core/runtime/error.h"
#include "core/telemetry/context.h"

namespace mscomm {
namespace {

constexpr std::string_view kNotPrinted =
    "a forwarded message is neither printed nor given to a command";
constexpr std::string_view kAcknowledges =
    "forwarding acknowledges what is placed and leaves the rest; --dry-run takes nothing";
// The command whose settings in a profile say where its messages go.
constexpr std::string_view kSender = "publish";

// The broker to which `mscomm publish --profile NAME` would send.
BrokerOptions broker_of_profile(const std::string& name, const CommonOptions* common,
                                const Context& context) {
  const auto config = common == nullptr ? std::nullopt : common->config;
  const auto profile =
      load_profile(context.environment, config, name, document_reader(context.patience()));
  CLI::App app;
  CommandLine line(app);
  BrokerOptions settings;
  bind_broker_options(line, settings);
  apply_profile(line, profile, kSender);
  line.read_files(context);
  return settings;
}

// What concerns a connection in general is that of `target` unless the profile has its own.
void use_profile(BrokerOptions& target, const BrokerOptions& settings) {
  target.urls = settings.urls;
  target.password = settings.password;
  target.tls = settings.tls;
  const auto prefer = [](auto& value, const auto& other) { value = other ? other : value; };
  prefer(target.heartbeat_seconds, settings.heartbeat_seconds);
  prefer(target.connect_timeout, settings.connect_timeout);
  prefer(target.wait, settings.wait);
}

// A machine's own address has several names.
std::string host_of(const BrokerUrl& url) {
  const auto host = lower_case(url.host);
  return host == "127.0.0.1" || host == "::1" ? "localhost" : host;
}

bool is_same(const BrokerUrl& a, const BrokerUrl& b) {
  return host_of(a) == host_of(b) && a.port == b.port && a.vhost == b.vhost;
}

// The user who logs in, if it is one and no certificate names another.
std::optional<std::string> user_of(const std::vector<BrokerUrl>& urls) {
  for (const auto& url : urls) {
    const bool by_certificate =
        std::ranges::find(url.mechanisms, Mechanism::external) != url.mechanisms.end() ||
        (!url.user_given && !url.tls_options.cert.empty());
    if (by_certificate || url.user != urls.front().user) {
      return std::nullopt;
    }
  }
  return urls.front().user;
}

}  // namespace

void ForwardOptions::refuse_circle(const std::string& source_queue,
                                   const BrokerOptions& source) const {
  if (queue == source_queue && plan(source, broker(source)).same_broker) {
    throw Error(Exit::usage,
                fmt::format("--to: the copies would come back to queue '{}' for ever", *queue),
                "name another queue, or another broker by --to-url");
  }
}

std::uint16_t ForwardOptions::prefetch() const {
  constexpr std::uint16_t kMost = 2000;  // as many as are published without a confirm
  return rate && *rate < kMost ? static_cast<std::uint16_t>(*rate + 1) : kMost;
}

BrokerOptions ForwardOptions::broker(const BrokerOptions& source) const {
  auto target = source;
  if (!urls.empty() || profile) {
    target.urls.clear();
    target.password = {};
    target.tls = {};
  }
  if (profile) {
    use_profile(target, of_profile);
  }
  target.urls = urls.empty() ? target.urls : urls;
  if (target.urls.empty() && profile) {
    throw Error(Exit::usage, fmt::format("--to-profile: profile '{}' has no url", *profile),
                "give it one, or --to-url");
  }
  target.password = password.empty() ? target.password : password;
  return target;
}

ForwardPlan ForwardOptions::plan(const BrokerOptions& source, const BrokerOptions& target) const {
  ForwardPlan plan;
  plan.origin = origin;
  plan.rate = rate;
  if (queue) {
    plan.routing_key = queue;
  } else if (exchange) {
    const auto colon = exchange->find(':');
    plan.exchange = exchange->substr(0, colon);
    if (colon != std::string::npos) {
      plan.routing_key = exchange->substr(colon + 1);
    }
  }
  if (exchange && plan.exchange.empty()) {
    const bool names_queue = plan.routing_key && !plan.routing_key->empty();
    throw Error(Exit::usage, "--to-exchange: the name is empty",
                names_queue
                    ? fmt::format("--to {} is the queue of the default exchange", *plan.routing_key)
                    : "--to names a queue of the default exchange");
  }
  const auto from = broker_urls(source);
  const auto to = broker_urls(target);
  plan.same_broker = std::ranges::any_of(from, [&](const auto& a) {
    return std::ranges::any_of(to, [&](const auto& b) { return is_same(a, b); });
  });
  plan.user = user_of(to);
  return plan;
}

void bind_forward_options(CommandLine& line, ForwardOptions& options) {
  options.common = line.common_options();
  OptionGroup forward(line, "Forward");
  const Relation prints_not{Relation::Kind::excludes,
                            {"--exec", "--save", "--format!=raw", "--out", "--null", "--delimiter"},
                            kNotPrinted};
  const Relation settles{
      Relation::Kind::excludes, {"--peek", "--reject", "--requeue", "--ack!=after"}, kAcknowledges};
  line.each(prints_not, [&] {
    line.each(settles, [&] {
      forward
          .text("--to", options.queue, "QUEUE",
                "send a copy of each message to this queue, and acknowledge it when the broker has "
                "confirmed that; what cannot be placed stays")
          .excludes({"--to-exchange", "--to-origin"});
      forward
          .text("--to-exchange", options.exchange, "EXCHANGE[:KEY]",
                "the same to this exchange, with this routing key or else the message's own")
          .excludes({"--to-origin"});
      bind_origin_option(forward, options.origin,
                         "the same with dead letters, to the exchange and with the routing key "
                         "that they had before they died for the first time, or the last");
    });
  });
  const Relation forwards{Relation::Kind::needs, {"--to", "--to-exchange", "--to-origin"}};
  line.each(forwards, [&] {
    forward.list(
        "--to-url", options.urls, "URL",
        "the broker that gets the copies, as --url; without it the one that has the queue");
    forward.custom("--to-profile", "NAME",
                   "the broker that gets the copies is the one of this profile: its url, "
                   "password-file and TLS settings",
                   [&options, &line](const std::string& name, const std::string&) {
                     options.profile = name;
                     line.read_later([&options](const Context& context) {
                       options.of_profile =
                           broker_of_profile(*options.profile, options.common, context);
                     });
                   });
    forward
        .secret_file("--to-password-file", options.password,
                     "the password for that broker, as --password-file")
        .needs({"--to-url", "--to-profile"});
    forward.flag("--dry-run", options.dry_run,
                 "say of each message where its copy would go, on a line, and take nothing");
  });
}

void bind_forward_rate(CommandLine& line, ForwardOptions& options) {
  OptionGroup forward(line, "Forward");
  forward
      .custom("--rate", "N[/s|/m|/h]",
              "forward so many messages a second; what is late is caught up",
              [&options](const std::string& value, const std::string& what) {
                options.rate = parse_rate(value, what);
              })
      .needs({"--to", "--to-exchange", "--to-origin"})
      .excludes({"--dry-run"});
}

}  // namespace mscomm
