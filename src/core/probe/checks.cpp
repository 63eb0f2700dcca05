#include "core/probe/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/http/curl_client.h"
#include "core/probe/roundtrip.h"
#include "core/runtime/tcp.h"
#include "core/telemetry/step_names.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// A broker that does not confirm the close has still passed; a long wait for it gains nothing.
constexpr Duration kShortGoodbye = 500ms;
// A blocked broker notices that the probe is gone only when it cannot send a heartbeat.
constexpr int kHeartbeatSeconds = 5;

void erase_first(std::string& text, std::string_view part) {
  if (const auto at = text.find(part); at != std::string::npos) {
    text.erase(at, part.size());
  }
}

// Errors begin with their target, which the output already shows.
std::string without_target(std::string message, const std::string& target) {
  for (const auto& prefix : {"GET " + target + ": ", target + ": ", target + " "}) {
    if (message.starts_with(prefix)) {
      message.erase(0, prefix.size());
      return message;
    }
  }
  erase_first(message, " to " + target);
  return message;
}

CheckResult failure(Exit outcome, const std::string& message, std::string hint,
                    const ProbeTarget& target, const CheckOptions& options) {
  CheckResult result;
  result.outcome = outcome;
  result.error = without_target(message, target.shown);
  // Hints of other commands recommend `mscomm probe`, which is no help here.
  if (outcome == Exit::unreachable &&
      (hint.empty() || hint.find("mscomm probe") != std::string::npos)) {
    hint = options.is_waiting ? "is it running, and is the port right?"
                              : "is it running? --wait 30s keeps trying until it is";
  }
  result.hint = std::move(hint);
  return result;
}

std::string unexpected_status(const CheckResult& result, const CheckOptions& options) {
  const auto status =
      fmt::format("{}{}{}", result.status, result.reason.empty() ? "" : " ", result.reason);
  return options.expect_shown.empty()
             ? status
             : fmt::format("{}, expected {}", status, options.expect_shown);
}

void judge_status(CheckResult& result, const HttpExchange& exchange, const CheckOptions& options) {
  if (options.expect.contains(result.status)) {
    return;
  }
  const bool is_refusal = result.status == 401 || result.status == 403;
  result.outcome = is_refusal ? Exit::denied : Exit::failed;
  // Once a status has said no, what became of the body does not change that.
  const auto what_else = result.error.empty() ? "" : ", and " + result.error;
  result.error = unexpected_status(result, options) + what_else;
  result.hint.clear();
  const auto* location = find_header(exchange.response.headers, "location");
  if (result.status / 100 == 3 && location != nullptr && !location->value.empty()) {
    result.hint = fmt::format("it redirects to {}: probe that, or --expect {}", location->value,
                              result.status);
  } else if (result.status == 401) {
    result.hint = exchange.request.authorization.empty()
                      ? "a user and a password may stand in the URL: http://user:password@host/"
                      : "is the user name right, and the password?";
  }
}

CheckResult check_http(const ProbeTarget& target, const CheckOptions& options,
                       const Context& context, const Deadline& deadline) {
  HttpClientOptions client_options;
  client_options.connect_timeout = Duration::zero();  // the deadline covers it
  client_options.tls = options.tls;
  // A new client for each check: a reused connection would hide a changed route.
  const auto client = make_curl_client(client_options, context.log, context.stop);
  HttpExchange exchange;
  exchange.request.url = std::get<HttpUrl>(target.address);
  const auto& url = exchange.request.url;
  if (!url.user.empty() || !url.password.empty()) {
    exchange.request.authorization = basic_authorization(url.user, url.password.reveal());
  }
  exchange.deadline = deadline;
  perform(*client, exchange);
  CheckResult result;
  if (exchange.failure) {
    const auto& failed = *exchange.failure;
    result = failure(failed.reason, failed.message,
                     failed.fault == HttpFault::timeout
                         ? "--connect-timeout sets how long one check may take"
                         : failed.hint,
                     target, options);
  }
  const auto& timings = exchange.response.timings;
  result.status = exchange.response.status;
  result.reason = exchange.response.reason;
  if (!exchange.response.remote.empty()) {
    result.connect = timings.dns + timings.connect + timings.tls;
  }
  result.latency = timings.total;
  if (result.status != 0) {
    judge_status(result, exchange, options);
  }
  return result;
}

CheckResult check_tcp(const ProbeTarget& target, const Context& context, const Deadline& deadline) {
  const auto& address = std::get<TcpAddress>(target.address);
  const auto start = context.clock.now();
  const auto socket = connect_tcp(address.host, address.port, target.shown, deadline, context.stop);
  CheckResult result;
  result.latency = context.clock.now() - start;
  result.connect = result.latency;
  return result;
}

CheckResult check_amqp(const ProbeTarget& target, const CheckOptions& options,
                       const Context& context, const Deadline& deadline) {
  SessionOptions session_options;
  session_options.connection_name = "mscomm probe";
  session_options.heartbeat_seconds = kHeartbeatSeconds;
  session_options.greeting_only = options.level == BrokerLevel::connect;
  session_options.confirms = options.level == BrokerLevel::roundtrip;
  const Context attempt{.environment = context.environment,
                        .observer = context.observer,
                        .clock = context.clock,
                        .stop = context.stop,
                        .deadline = deadline,
                        .color_stdout = context.color_stdout};
  const auto start = context.clock.now();
  RabbitSession session(std::get<BrokerUrl>(target.address), session_options, attempt, deadline);
  CheckResult result;
  result.connect = session.connected_at() - start;
  result.server = session.version().name();
  if (options.level == BrokerLevel::roundtrip) {
    roundtrip(session, deadline, attempt);
  }
  result.latency = context.clock.now() - start;
  const auto goodbye = deadline.min(Deadline(context.clock.now() + kShortGoodbye));
  if (options.level == BrokerLevel::roundtrip) {
    close_after_roundtrip(session, goodbye);
  } else {
    session.close(goodbye);
  }
  return result;
}

CheckResult look(const ProbeTarget& target, const CheckOptions& options, const Context& context,
                 const Deadline& deadline) {
  try {
    switch (target.address.index()) {
      case 0:
        return check_http(target, options, context, deadline);
      case 1:
        return check_amqp(target, options, context, deadline);
      default:
        return check_tcp(target, context, deadline);
    }
  } catch (const Error& error) {
    return failure(error.reason(), error.what(), error.hint(), target, options);
  }
}

}  // namespace

std::string_view level_name(BrokerLevel level) {
  static constexpr std::array<std::string_view, 3> kNames{"connect", "login", "roundtrip"};
  return kNames.at(static_cast<std::size_t>(level));
}

Check make_check(const ProbeTarget& target, const CheckOptions& options, const Context& context) {
  return [&target, &options, &context](const Deadline& deadline) {
    const auto began = context.clock.now();
    auto result = look(target, options, context, deadline);
    const auto status = std::int64_t{result.status};
    context.observer.tell(
        {.name = steps::kProbeCheck,
         .target = target.shown,
         .duration = context.clock.now() - began,
         .outcome = result.outcome,
         .fields = {{"kind", target.kind()},
                    {"status", status == 0 ? Value() : Value(status)},
                    {"error", result.ok() ? Value() : Value(std::string_view(result.error))}}});
    return result;
  };
}

}  // namespace mscomm
