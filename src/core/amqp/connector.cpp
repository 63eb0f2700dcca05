#include "core/amqp/connector.h"

#include <amqp_framing.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/amqp/management_options.h"
#include "core/runtime/duration.h"
#include "core/runtime/poll.h"
#include "core/runtime/random_id.h"
#include "core/telemetry/context.h"
#include "core/telemetry/step_names.h"

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

// A user who names a CA but forgets the s of amqps would send the password in clear text.
void refuse_tls_in_vain(const std::vector<BrokerUrl>& urls, const BrokerOptions& options) {
  const auto& tls = options.tls;
  const bool given = !tls.ca.empty() || !tls.cert.empty() || !tls.key.empty() ||
                     !tls.server_name.empty() || tls.insecure;
  const auto plain = std::ranges::find(urls, false, &BrokerUrl::tls);
  if (given && plain != urls.end() && !speaks_tls(options.management_url)) {
    throw Error(Exit::usage, fmt::format("TLS options have no effect on {}", plain->shown()),
                "TLS needs amqps:// in the URL");
  }
}

bool worth_another_try(const Error& error) {
  return error.reason() != Exit::usage && error.reason() != Exit::io &&
         error.reason() != Exit::internal;
}

// Whether the broker may soon accept what it refused in a new session: the old connection's
// exclusive queue is still there, or a queue's node is not back yet.
bool may_pass(const Error& error) {
  const auto* refusal = dynamic_cast<const ChannelRefusal*>(&error);
  return refusal == nullptr || refusal->code() == AMQP_NOT_FOUND ||
         refusal->code() == AMQP_RESOURCE_LOCKED;
}

constexpr Duration kFirstPause = 100ms;
constexpr Duration kLongestPause = 2s;
constexpr Duration kShortLife = 2s;
constexpr int kMostShortLives = 10;

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
    if (!options.password.empty()) {
      url.password = options.password;
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
    refuse_password_in_clear_text(options.management_url, url);
  }
  return urls;
}

Connector::Connector(const BrokerOptions& options, SessionOptions session, const Context& context,
                     Prepare prepare)
    : urls_(broker_urls(options)),
      session_(std::move(session)),
      context_(context),
      prepare_(std::move(prepare)),
      wait_(options.wait),
      random_(random_bits()) {
  refuse_tls_in_vain(urls_, options);
  std::ranges::shuffle(urls_, random_);
  if (!options.connection_name.empty()) {
    session_.connection_name = options.connection_name;
  }
}

// Tries each broker once. Null when all failed and `error` may be worth another round.
std::unique_ptr<Session> Connector::try_each(const Deadline& give_up, std::optional<Error>& error) {
  for (std::size_t tries = 0; tries < urls_.size(); ++tries) {
    const auto& url = urls_[next_];
    next_ = (next_ + 1) % urls_.size();
    const Deadline per_broker(context_.clock.now() + url.connection_timeout.value_or(
                                                         std::chrono::duration_cast<Milliseconds>(
                                                             kDefaultConnectTimeout)));
    try {
      auto session = std::make_unique<RabbitSession>(
          url, session_, context_, per_broker.min(give_up).min(context_.deadline));
      connected_at_ = context_.clock.now();
      return session;
    } catch (const Error& failed) {
      if (!worth_another_try(failed)) {
        throw;
      }
      context_.observer.tell(
          {.name = steps::kConnectionFailed, .target = url.shown(), .outcome = failed.reason()},
          "{}", failed.what());
      if (!error || worse(failed.reason(), error->reason()) != error->reason()) {
        error = failed;
        if (failed.reason() == Exit::unreachable) {
          error->add_hint(fmt::format(
              "is the broker running? `mscomm probe {} --wait 30s` waits for it", url.shown()));
        }
      }
    }
  }
  return nullptr;
}

// Full jitter, so that many waiting clients do not return in step.
void Connector::pause(const Deadline& until) {
  const auto jitter = std::uniform_int_distribution<Duration::rep>(1, backoff_.count())(random_);
  sleep_or_throw(until.min(Deadline(context_.clock.now() + Duration(jitter))), context_.stop);
  backoff_ = std::min<Duration>(backoff_ * 2, kLongestPause);
}

std::unique_ptr<Session> Connector::connect() {
  const auto start = context_.clock.now();
  const auto give_up = Deadline::in(context_.clock, wait_);
  backoff_ = kFirstPause;
  std::optional<Error> earlier;
  for (;;) {
    std::optional<Error> error;
    if (auto session = try_each(give_up, error)) {
      if (prepare_) {
        prepare_(*session);
      }
      return session;
    }
    const auto until = give_up.min(context_.deadline);
    if (!wait_) {
      throw Error(std::as_const(*error));
    }
    // The end of the wait cut the last try short, so the error before it says more.
    if (earlier && error->reason() == Exit::timeout && until.passed(context_.clock.now())) {
      error = earlier;
    }
    earlier = error;
    if (until.passed(context_.clock.now())) {
      throw Error(Exit::timeout,
                  fmt::format("gave up after {}: {}",
                              format_duration(
                                  std::chrono::round<Milliseconds>(context_.clock.now() - start)),
                              error->what()),
                  error->hint());
    }
    pause(until);
  }
}

// Guards against a broker, or a proxy in front of it, that ends each connection at once.
void Connector::pause_after_short_life(bool fruitful, const Deadline& give_up) {
  if (context_.clock.now() - connected_at_ >= kShortLife) {
    short_lives_ = 0;
    backoff_ = kFirstPause;
    return;
  }
  short_lives_ = fruitful ? 0 : short_lives_ + 1;
  if (short_lives_ >= kMostShortLives) {
    throw Error(Exit::unreachable,
                fmt::format("{} connections in a row ended within {}", short_lives_,
                            format_duration(kShortLife)),
                "the log of the broker, or of what stands in front of it, may say why");
  }
  pause(give_up);
}

std::unique_ptr<Session> Connector::reconnect(bool fruitful) {
  const auto give_up =
      context_.deadline.at() ? context_.deadline : Deadline(context_.clock.now() + kRecoveryTime);
  pause_after_short_life(fruitful, give_up);
  for (;;) {
    std::optional<Error> error;
    try {
      if (auto session = try_each(give_up, error)) {
        if (prepare_) {
          prepare_(*session);
        }
        return session;
      }
    } catch (const Error& failed) {
      if (!worth_another_try(failed) || !may_pass(failed)) {
        throw;
      }
      error = failed;
    }
    if (give_up.passed(context_.clock.now())) {
      throw Error(context_.deadline.at() ? Exit::timeout : error->reason(),
                  fmt::format("not connected again: {}", error->what()), error->hint());
    }
    pause(give_up);
  }
}

bool is_recoverable(const Closed& closed) {
  return closed.by_broker ? closed.code == AMQP_CONNECTION_FORCED
                          : closed.error.reason() == Exit::unreachable;
}

bool is_consumer_timeout(const Closed& closed) {
  return closed.by_broker && closed.code == AMQP_PRECONDITION_FAILED &&
         closed.text.find("delivery acknowledgement") != std::string::npos;
}

Deadline goodbye_deadline(bool hurried, const Context& context) {
  const auto now = context.clock.now();
  const Deadline least(now + kGrace);
  const auto deadline = hurried ? least : Deadline(now + kGoodbye).min(context.deadline);
  return deadline.passed(now + kGrace) ? least : deadline;
}

}  // namespace mscomm
