#include "commands/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "commands/line/option_types.h"
#include "commands/options/output_options.h"
#include "commands/options/tls_options.h"
#include "core/output/destination.h"
#include "core/probe/probe_record.h"
#include "core/runtime/duration.h"
#include "core/runtime/environment.h"
#include "core/runtime/error.h"
#include "core/runtime/poll.h"
#include "core/runtime/text.h"
#include "core/telemetry/context.h"
#include "core/telemetry/step_names.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// A Kubernetes exec probe has a second (`timeoutSeconds`). With --wait a target may be slow to
// start, so each check has more time.
constexpr Duration kCheckTimeout = 900ms;
constexpr Duration kCheckTimeoutWaiting = 5s;

constexpr std::array kLevels{Choice<BrokerLevel>{"connect", BrokerLevel::connect},
                             Choice<BrokerLevel>{"login", BrokerLevel::login},
                             Choice<BrokerLevel>{"roundtrip", BrokerLevel::roundtrip}};

struct ProbeOptions {
  std::vector<std::string> targets;
  CheckOptions check;
  BrokerOptions broker;
  ProbePlan plan;
  std::optional<Duration> connect_timeout;
  OutputOptions output;
};

Error not_positive(const char* option, const char* hint) {
  return {Exit::usage, fmt::format("{}: must be longer than 0", option), hint};
}

void validate(const ProbeOptions& options) {
  if (options.targets.empty()) {
    throw Error(Exit::usage, "no target is given",
                "for example: mscomm probe http://localhost:8080/health amqp://localhost");
  }
  if (options.plan.every <= Duration::zero()) {
    throw not_positive("--every", "0 would leave the target no rest; 10ms is possible");
  }
  if (options.connect_timeout && *options.connect_timeout <= Duration::zero()) {
    throw not_positive("--connect-timeout", "for example 900ms or 5s");
  }
}

std::vector<ProbeTarget> parse_targets(const ProbeOptions& options) {
  auto broker = options.broker;
  broker.tls = options.check.tls;
  std::vector<ProbeTarget> targets;
  for (const auto& text : options.targets) {
    std::ranges::move(parse_probe_target(text, broker), std::back_inserter(targets));
  }
  return targets;
}

// The time limit of one check: the option, else the broker URL's, else the mode's. Without waiting,
// a limit for the whole command (--timeout 3s) is the check's.
Duration check_timeout(const ProbeOptions& options, const ProbeTarget& target,
                       const Context& context) {
  if (options.connect_timeout) {
    return *options.connect_timeout;
  }
  if (const auto* url = std::get_if<BrokerUrl>(&target.address)) {
    if (url->connection_timeout) {
      return *url->connection_timeout;
    }
  }
  if (options.check.is_waiting) {
    return kCheckTimeoutWaiting;
  }
  return context.deadline.left(context.clock.now()).value_or(kCheckTimeout);
}

/// One run of the command.
class Probe {
 public:
  Probe(ProbeOptions options, const Context& context)
      : options_(std::move(options)), context_(context) {
    validate(options_);
    if (options_.plan.wait == Duration::zero()) {
      options_.plan.wait.reset();
    }
    options_.check.is_waiting = options_.plan.wait.has_value();
    targets_ = parse_targets(options_);
    if (options_.output.format == OutputFormat::custom) {
      format_.emplace(options_.output.format_string, probe_fields());
    }
    destination_.emplace(options_.output.file, context_.environment, context_.stop,
                         context_.deadline);
  }

  Exit run() {
    const auto records = probe_targets();
    write(records);
    if (options_.output.format == OutputFormat::text) {
      say_hints(records);
    }
    Tally tally;
    for (const auto& record : records) {
      tally.add(record.result.check.outcome);
    }
    return exit_code(tally);
  }

 private:
  std::vector<ProbeRecord> probe_targets() {
    std::vector<Probing> probings;
    for (const auto& target : targets_) {
      auto plan = options_.plan;
      plan.check_timeout = check_timeout(options_, target, context_);
      probings.push_back({make_check(target, options_.check, context_), plan});
    }
    const ProbeSeams seams{
        .clock = context_.clock,
        .sleep = [this](const Deadline& until) { sleep_or_throw(until, context_.stop); },
        .progress = [this](std::size_t target, const CheckResult& check,
                           Duration pause) { say_progress(targets_[target], check, pause); }};
    auto results = probe_all(probings, context_.deadline, seams);
    std::vector<ProbeRecord> records;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      const auto& target = targets_[i];
      const auto level = std::holds_alternative<BrokerUrl>(target.address)
                             ? level_name(options_.check.level)
                             : std::string_view();
      records.push_back({target.shown, target.kind(), level, std::move(results[i])});
    }
    return records;
  }

  // Runs in the probing threads.
  void say_progress(const ProbeTarget& target, const CheckResult& check, Duration pause) const {
    context_.observer.tell({.name = steps::kProbeRetry,
                            .target = target.shown,
                            .outcome = check.outcome,
                            .fields = {{"pause_ms", milliseconds_of(pause)}}},
                           "{}: {}; next check in {}", target.shown,
                           check.ok() ? "ok" : check.error, format_duration(pause));
  }

  void write(const std::vector<ProbeRecord>& records) {
    auto& out = destination_->writer().buffer();
    switch (options_.output.format) {
      case OutputFormat::json:
        for (const auto& record : records) {
          append_json_object(out, probe_fields(), record);
          out += '\n';
        }
        break;
      case OutputFormat::custom:
        for (const auto& record : records) {
          format_->append(out, record, destination_->is_terminal());
        }
        break;
      default:
        append_probe_text(out, records, context_.color_stdout && destination_->is_stdout());
    }
    destination_->finish();
  }

  // Text for people, so on stderr; records of the other formats carry the hints.
  void say_hints(const std::vector<ProbeRecord>& records) const {
    std::set<std::string_view> said;
    for (const auto& record : records) {
      const auto& hint = record.result.check.hint;
      if (record.result.check.ok() || hint.empty() || !said.insert(hint).second) {
        continue;
      }
      context_.observer.tell({.name = steps::kProbeHint,
                              .level = LogLevel::summary,
                              .target = record.target,
                              .outcome = record.result.check.outcome},
                             "hint: {}: {}", record.target, hint);
    }
  }

  ProbeOptions options_;
  const Context& context_;
  std::vector<ProbeTarget> targets_;
  std::optional<FormatString<ProbeRecord>> format_;
  std::optional<Destination> destination_;
};

void bind_checks(CommandLine& line, ProbeOptions& options) {
  OptionGroup checks(line, "Checks");
  checks.choice(
      "--level", options.check.level, kLevels, "LEVEL",
      "how deep a broker is checked: connect (it answers AMQP), login (user, virtual host "
      "and channel) or roundtrip (a confirmed message through a temporary queue and back)");
  auto& check = options.check;
  checks
      .custom("--expect", "LIST",
              "the HTTP statuses that are healthy, for example 200,404 or 2xx,401",
              [&check](const std::string& value, const std::string& what) {
                check.expect = StatusSet::parse(value, what);
                check.expect_shown = value;
              })
      .defaults_to("2xx");
  checks.duration("--connect-timeout", options.connect_timeout,
                  "how long one check may take, from the name's resolution to the answer; default "
                  "900ms (or --timeout), with --wait 5s");
  checks.secret_file(
      "--password-file", options.broker.password,
      "read the brokers' password from the first line of this file, which others must not "
      "be able to read");
}

void bind_mode(CommandLine& line, ProbePlan& plan) {
  OptionGroup mode(line, "Mode");
  mode.duration("--wait", plan.wait,
                "keep checking for so long until every target holds; one that never does has the "
                "outcome timeout (exit status 5), and its last error is shown");
  mode.duration("--every", plan.every,
                "the pause between checks of a target; the first ones after a failure are shorter")
      .needs({"--wait", "--successes"});
  mode.number("--successes", plan.successes, "N",
              "how often in a row a target must hold; without --wait, N checks of which none may "
              "fail",
              1U);
}

}  // namespace

Runner bind_probe(CommandLine& line) {
  auto options = std::make_shared<ProbeOptions>();
  options->output.format = OutputFormat::text;
  OptionGroup arguments(line, "Arguments");
  arguments.positionals("TARGET", options->targets,
                        "http://host/path, https://, :8080/path (localhost), amqp://host/vhost, "
                        "amqps:// or tcp://host:port");
  bind_checks(line, *options);
  bind_mode(line, options->plan);
  bind_tls_options(line, options->check.tls);
  bind_output_options(line, options->output,
                      {"'{target} {outcome}\\n'",
                       "write to this file instead of stdout; it is replaced once all is there"},
                      Payload::absent);
  set_examples(line, {"mscomm probe :8080/health amqp://mq tcp://db:5432 --wait 60s",
                      "mscomm probe amqp://mq --level roundtrip",
                      "mscomm probe :8080/health --wait 30s --successes 3 && make test",
                      "mscomm probe :8080/health amqp://mq --format json"});
  return [options](const Context& context) { return Probe(*options, context).run(); };
}

std::vector<FieldHelp> probe_field_help() { return field_help(probe_fields()); }

}  // namespace mscomm
