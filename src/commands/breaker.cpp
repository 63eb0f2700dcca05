#include "commands/breaker.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "commands/line/option_types.h"
#include "commands/options/output_options.h"
#include "core/http/http_url.h"
#include "core/output/destination.h"
#include "core/resilience/breaker.h"
#include "core/resilience/breaker_record.h"
#include "core/resilience/breaker_store.h"
#include "core/runtime/environment.h"
#include "core/runtime/error.h"
#include "core/runtime/text.h"
#include "core/telemetry/context.h"
#include "core/telemetry/step_names.h"

namespace mscomm {
namespace {

enum class BreakerAction { list, show, reset, trip };

constexpr std::array kActions{Choice<BreakerAction>{"list", BreakerAction::list},
                              Choice<BreakerAction>{"show", BreakerAction::show},
                              Choice<BreakerAction>{"reset", BreakerAction::reset},
                              Choice<BreakerAction>{"trip", BreakerAction::trip}};

struct BreakerOptions {
  BreakerAction action = BreakerAction::list;
  std::optional<std::string> key;
  bool all = false;
  std::optional<Duration> length;  // of --for
  OutputOptions output;
};

void validate(const BreakerOptions& options) {
  if (options.action != BreakerAction::list && !options.key && !options.all) {
    throw Error(Exit::usage, "no KEY is given",
                "a URL such as http://pay:8080 or a name; 'mscomm breaker list' shows them");
  }
  if (options.length && *options.length < Milliseconds(1)) {
    throw Error(Exit::usage, "--for: must be longer than 0", "without --for it is until reset");
  }
}

// "localhost:8080/path", "[::1]:8080"
bool begins_with_host_and_port(std::string_view text) {
  const auto authority = text.substr(0, text.find('/'));
  const auto colon = authority.rfind(':');
  return colon != std::string_view::npos && colon + 1 < authority.size() &&
         authority.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
}

// As in `get`, a URL names the circuit of its origin; other text is a key.
std::string key_of(const std::string& text) {
  if (text.starts_with(':') || text.find("://") != std::string::npos ||
      begins_with_host_and_port(text)) {
    return parse_http_url(text).origin;
  }
  check_breaker_key(text, "KEY");
  return text;
}

/// One run of the command.
class BreakerRun {
 public:
  BreakerRun(const BreakerOptions& options, const Context& context)
      : options_(options), context_(context) {
    validate(options_);
    key_ = options_.key ? key_of(*options_.key) : "";
    if (options_.output.format == OutputFormat::custom) {
      format_.emplace(options_.output.format_string, breaker_fields());
    }
  }

  Exit run() {
    const auto store = BreakerStore::open(context_.environment, context_.observer);
    if (!store.keeps_state()) {
      throw Error(Exit::io, "no folder can be used for the state of circuits",
                  "set XDG_STATE_HOME to a folder of your own that can be written");
    }
    const auto has_key = [this](const auto& state) { return state.key == options_.key; };
    if (std::ranges::any_of(all(store), has_key)) {
      key_ = *options_.key;  // a key of --breaker=NAME may look like a host
    }
    switch (options_.action) {
      case BreakerAction::list:
        print(all(store));
        break;
      case BreakerAction::show:
        print(chosen(store));
        break;
      case BreakerAction::reset:
        reset(store);
        break;
      case BreakerAction::trip:
        trip(store);
        break;
    }
    return Exit::ok;
  }

 private:
  [[nodiscard]] std::vector<BreakerState> all(const BreakerStore& store) const {
    return store.all([this](const Error& error) {
      warn_of_breaker(context_.observer, "a circuit is not shown", error.what());
    });
  }

  [[nodiscard]] std::vector<BreakerState> chosen(const BreakerStore& store) const {
    auto states = all(store);
    if (options_.all) {
      return states;
    }
    std::erase_if(states, [this](const auto& state) { return state.key != key_; });
    if (states.empty()) {
      throw Error(Exit::failed, fmt::format("there is no circuit '{}'", key_),
                  "'mscomm breaker list' shows those that calls with --breaker have left");
    }
    return states;
  }

  void reset(const BreakerStore& store) const {
    for (const auto& each : chosen(store)) {
      change(store, each.key, "closed",
             [this](BreakerState& state) { reset_circuit(state, now()); });
    }
  }

  void trip(const BreakerStore& store) const {
    std::optional<Milliseconds> length;
    if (options_.length) {
      length = std::chrono::ceil<Milliseconds>(*options_.length);
    }
    change(store, key_,
           length ? fmt::format("open for {}", shown_time(*length)) : "open until it is reset",
           [&](BreakerState& state) { trip_circuit(state, length, now()); });
  }

  // Applies `make` to the circuit and reports the new state; `what` describes the change.
  void change(const BreakerStore& store, const std::string& key, const std::string& what,
              const BreakerStore::Change& make) const {
    BreakerRecord record{{}, now()};
    store.update(key, [&](BreakerState& state) {
      make(state);
      record.state = state;
    });
    const auto fields = step_fields(breaker_fields(), record);
    context_.observer.tell({.name = steps::kBreakerChanged,
                            .level = LogLevel::summary,
                            .target = key,
                            .fields = fields},
                           "'{}' is {}", key, what);
  }

  void print(const std::vector<BreakerState>& states) const {
    std::vector<BreakerRecord> records;
    records.reserve(states.size());
    for (const auto& state : states) {
      records.push_back({state, now()});
    }
    Destination destination(options_.output.file, context_.environment, context_.stop,
                            context_.deadline);
    append(destination, records);
    destination.finish();
  }

  void append(Destination& destination, const std::vector<BreakerRecord>& records) const {
    auto& out = destination.writer().buffer();
    const bool is_text = options_.output.format == OutputFormat::text;
    if (is_text && options_.action == BreakerAction::list) {
      append_breaker_text(out, records, context_.color_stdout && destination.is_stdout());
      return;
    }
    for (const auto& record : records) {
      if (is_text) {
        append_breaker_page(out, record);
      } else if (format_) {
        format_->append(out, record, destination.is_terminal());
      } else {
        append_json_object(out, breaker_fields(), record);
        out += '\n';
      }
    }
  }

  [[nodiscard]] WallMilliseconds now() const {
    return std::chrono::floor<Milliseconds>(context_.clock.wall());
  }

  const BreakerOptions& options_;
  const Context& context_;
  std::string key_;
  std::optional<FormatString<BreakerRecord>> format_;
};

}  // namespace

Runner bind_breaker(CommandLine& line) {
  auto options = std::make_shared<BreakerOptions>();
  options->output.format = OutputFormat::text;
  OptionGroup arguments(line, "Arguments");
  arguments.choice("ACTION", options->action, kActions, "ACTION",
                   "list: all circuits; show: one; reset: close it and forget its failures; trip: "
                   "open it by hand, also one that no call has used yet");
  arguments
      .positional("KEY", options->key,
                  "a URL, of which scheme, host and port count, or the name that calls gave it")
      .needs({"ACTION=show|reset|trip"}, "'mscomm breaker show KEY' shows one circuit");
  OptionGroup circuits(line, "Circuits");
  circuits.flag("--all", options->all, "reset all circuits")
      .needs({"ACTION=reset"})
      .excludes({"KEY"})
      .only_on_the_line();
  circuits
      .duration("--for", options->length,
                "trip for so long, for example 5m; by default until it is reset")
      .needs({"ACTION=trip"})
      .only_on_the_line();
  bind_output_options(line, options->output,
                      {"'{key} {state}\\n'",
                       "write to this file instead of stdout; it is replaced once all is there"},
                      Payload::absent);
  set_examples(line, {"mscomm breaker list", "mscomm breaker show http://pay:8080 --format json",
                      "mscomm breaker trip http://pay:8080 --for 10m",
                      "mscomm breaker reset http://pay:8080", "mscomm breaker reset --all"});
  return [options](const Context& context) { return BreakerRun(*options, context).run(); };
}

std::vector<FieldHelp> breaker_field_help() { return field_help(breaker_fields()); }

}  // namespace mscomm
