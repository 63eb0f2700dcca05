#include "core/amqp/connector.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "core/runtime/context.h"
#include "core/runtime/duration.h"
#include "core/runtime/files.h"
#include "core/runtime/log.h"
#include "core/runtime/poll.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

void override_tls(TlsOptions& tls, const TlsOptions& given) {
  for (auto member :
       {&TlsOptions::ca, &TlsOptions::cert, &TlsOptions::key, &TlsOptions::server_name}) {
    if (!(given.*member).empty()) {
      tls.*member = given.*member;
    }
  }
  tls.insecure = tls.insecure || given.insecure;
}

// Who names a CA and forgets the s of amqps would send the password in clear.
void refuse_tls_in_vain(const std::vector<BrokerUrl>& urls, const TlsOptions& tls) {
  const bool given = !tls.ca.empty() || !tls.cert.empty() || !tls.key.empty() ||
                     !tls.server_name.empty() || tls.insecure;
  const auto plain = std::ranges::find(urls, false, &BrokerUrl::tls);
  if (given && plain != urls.end()) {
    throw Error(Exit::usage, fmt::format("TLS options have no effect on {}", plain->shown()),
                "TLS needs amqps:// in the URL");
  }
}

bool worth_another_try(const Error& error) {
  return error.reason() != Exit::usage && error.reason() != Exit::io &&
         error.reason() != Exit::internal;
}

Error with_hint(const Error& error, const BrokerUrl& url) {
  if (!error.hint().empty() || error.reason() != Exit::unreachable) {
    return error;
  }
  return {
      error.reason(), error.what(),
      fmt::format("is the broker running? `mscomm probe {} --wait 30s` waits for it", url.shown())};
}

// One try of each broker. Null when all failed and `error` may be worth another round.
std::unique_ptr<Session> try_each(const std::vector<BrokerUrl>& urls, const Duration& timeout,
                                  const SessionOptions& session, const Context& context,
                                  const Deadline& give_up, std::optional<Error>& error) {
  for (const auto& url : urls) {
    const Deadline per_broker(
        context.clock.now() +
        url.connection_timeout.value_or(std::chrono::duration_cast<Milliseconds>(timeout)));
    try {
      return std::make_unique<RabbitSession>(url, session, context,
                                             per_broker.min(give_up).min(context.deadline));
    } catch (const Error& failed) {
      if (!worth_another_try(failed)) {
        throw;
      }
      context.log.info("{}", failed.what());
      error = with_hint(failed, url);
    }
  }
  return nullptr;
}

}  // namespace

std::vector<BrokerUrl> broker_urls(const BrokerOptions& options) {
  std::vector<BrokerUrl> urls;
  for (const auto& text : options.urls) {
    std::ranges::move(parse_broker_urls(text), std::back_inserter(urls));
  }
  if (urls.empty()) {
    urls.emplace_back();
  }
  for (auto& url : urls) {
    if (!options.password_file.empty()) {
      url.password = Secret(read_secret_file(options.password_file));
      url.user_given = true;
    }
    if (options.connect_timeout == Duration::zero()) {
      throw Error(Exit::usage, "--connect-timeout: it must be more than 0");
    }
    if (options.heartbeat_seconds) {
      url.heartbeat_seconds = static_cast<int>(*options.heartbeat_seconds);
    }
    if (options.connect_timeout) {
      url.connection_timeout = std::chrono::ceil<Milliseconds>(*options.connect_timeout);
    }
    override_tls(url.tls_options, options.tls);
  }
  return urls;
}

std::unique_ptr<Session> connect(const BrokerOptions& options, SessionOptions session,
                                 const Context& context) {
  auto urls = broker_urls(options);
  refuse_tls_in_vain(urls, options.tls);
  std::minstd_rand random(std::random_device{}());
  std::ranges::shuffle(urls, random);
  if (!options.connection_name.empty()) {
    session.connection_name = options.connection_name;
  }
  const auto start = context.clock.now();
  const auto give_up = Deadline::in(context.clock, options.wait);
  Duration pause = 100ms;
  for (;;) {
    std::optional<Error> error;
    if (auto connected = try_each(urls, kDefaultConnectTimeout, session, context, give_up, error)) {
      return connected;
    }
    const auto until = give_up.min(context.deadline);
    if (!options.wait || until.passed(context.clock.now())) {
      throw Error(options.wait ? Exit::timeout : error->reason(),
                  options.wait ? fmt::format("gave up after {}: {}",
                                             format_duration(std::chrono::round<Milliseconds>(
                                                 context.clock.now() - start)),
                                             error->what())
                               : error->what(),
                  error->hint());
    }
    // Full jitter, so that many waiting clients do not return in step.
    const auto jitter = std::uniform_int_distribution<Duration::rep>(1, pause.count())(random);
    sleep_or_throw(until.min(Deadline(context.clock.now() + Duration(jitter))), context.stop);
    pause = std::min<Duration>(pause * 2, 2s);
  }
}

}  // namespace mscomm
