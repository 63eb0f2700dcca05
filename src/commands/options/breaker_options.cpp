#include "commands/options/breaker_options.h"

#include <fmt/format.h>

#include <charconv>

#include "commands/line/option_types.h"
#include "core/resilience/breaker.h"
#include "core/resilience/call_window.h"
#include "core/runtime/duration.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

// "50%" is 0.5.
double parse_share(const std::string& text, const std::string& what) {
  double percent = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, percent);
  const bool is_percent = error == std::errc() && stopped + 1 == end && *stopped == '%';
  if (!is_percent || !(percent > 0 && percent <= 100)) {
    throw Error(Exit::usage, fmt::format("{}: '{}' is not a share", what, text),
                "write more than 0% and up to 100%, for example 50%");
  }
  return percent / 100;
}

Milliseconds parse_time(const std::string& text, const std::string& what) {
  const auto time = std::chrono::ceil<Milliseconds>(parse_duration(text, what));
  if (time == Milliseconds::zero()) {
    throw Error(Exit::usage, fmt::format("{}: it must be more than 0", what));
  }
  return time;
}

void parse_window(BreakerParameters& breaking, const std::string& text, const std::string& what) {
  std::uint32_t calls = 0;
  const auto* const end = text.data() + text.size();
  if (std::from_chars(text.data(), end, calls).ptr != end || text.empty()) {
    breaking.window_time = parse_time(text, what);
    return;
  }
  if (calls < 1 || calls > kMostWindowCalls) {
    throw Error(Exit::usage,
                fmt::format("{}: {} is not from 1 to {}", what, text, kMostWindowCalls),
                "a time such as 60s makes it a window of time");
  }
  breaking.window_calls = calls;
  breaking.window_time = Milliseconds::zero();
}

}  // namespace

void CircuitBreakerOptions::validate() const {
  const auto open = circuit.parameters.open;
  const auto open_max = circuit.parameters.open_max;
  if (open > open_max && open != BreakerParameters().open) {
    throw Error(Exit::usage,
                fmt::format("--breaker-open: {} is more than --breaker-open-max, {}",
                            format_duration(open), format_duration(open_max)),
                "give a longer --breaker-open-max too");
  }
  if (circuit.name) {
    check_breaker_key(*circuit.name, "--breaker");
  }
}

void bind_breaker_options(CommandLine& line, CircuitBreakerOptions& options) {
  auto& breaking = options.circuit.parameters;
  OptionGroup group(line, "Circuit breaker");
  const auto time = [&group](const char* name, Milliseconds& target, const char* help) {
    group
        .custom(name, "DUR", help,
                [&target](const std::string& value, const std::string& what) {
                  target = parse_time(value, what);
                })
        .defaults_to(format_duration(target));
  };
  group.optional_text("--breaker", options.wanted, options.circuit.name, "NAME",
                      "send nothing while the service fails: its circuit, by default one for "
                      "scheme, host and port, opens when too many calls failed, of this and of "
                      "other processes");
  line.each({Relation::Kind::needs, {"--breaker"}}, [&] {
    group
        .custom("--breaker-on", "LIST", "what counts as a failure, as with --retry-on",
                [&options](const std::string& value, const std::string& what) {
                  options.circuit.failures = FailureSet::parse(value, what);
                })
        .defaults_to(std::string(kBreakerOn));
    group
        .custom("--breaker-failure-rate", "PERCENT", "the share of failed calls that opens it",
                [&breaking](const std::string& value, const std::string& what) {
                  breaking.failure_rate = parse_share(value, what);
                })
        .defaults_to("50%");
    group.number("--breaker-min-calls", breaking.min_calls, "N",
                 "how many calls there must be before their share of failures counts", 1U,
                 kMostWindowCalls);
    group
        .custom("--breaker-window", "N|DUR", "the calls that count: the last N, or those of a time",
                [&breaking](const std::string& value, const std::string& what) {
                  parse_window(breaking, value, what);
                })
        .defaults_to("20");
    group.number("--breaker-consecutive", breaking.consecutive, "N",
                 "so many failures in a row open it, too; 0: they do not", 0U, kMostWindowCalls);
    group.custom("--breaker-slow", "DUR",
                 "a call that takes longer is a slow one; none is by default",
                 [&breaking](const std::string& value, const std::string& what) {
                   breaking.slow = parse_time(value, what);
                 });
    group
        .custom("--breaker-slow-rate", "PERCENT", "the share of slow calls that opens it",
                [&breaking](const std::string& value, const std::string& what) {
                  breaking.slow_rate = parse_share(value, what);
                })
        .defaults_to("100%");
    time("--breaker-open", breaking.open,
         "how long it stays open at first, give or take a random fifth; twice as long each time "
         "after that");
    time("--breaker-open-max", breaking.open_max, "and at most, before that fifth");
    group.number("--breaker-half-open", breaking.half_open, "N",
                 "how many calls may try the service afterwards", 1U, kMostProbes);
    group.number("--breaker-success", breaking.success, "N",
                 "how many of them must succeed to close it", 1U, kMostProbes);
    time("--breaker-probe-timeout", breaking.probe_timeout,
         "a call that tries it and ends without a word counts as failed after that");
  });
}

}  // namespace mscomm
