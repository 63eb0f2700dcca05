#include "commands/line/cli.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <new>
#include <system_error>

#include "commands/line/bound_command.h"
#include "commands/line/help.h"
#include "commands/line/profile.h"
#include "commands/line/settings.h"
#include "core/amqp/amqp_library.h"
#include "core/http/http_library.h"
#include "core/output/destination.h"
#include "core/runtime/duration.h"
#include "core/runtime/environment.h"
#include "core/runtime/error.h"
#include "core/runtime/input_file.h"
#include "core/runtime/redact.h"
#include "core/runtime/signals.h"
#include "core/runtime/version.h"
#include "core/telemetry/context.h"

namespace mscomm {
namespace {

constexpr std::string_view kLimits = "'ulimit -a' shows the limits of this shell";
constexpr int kSignalBase = 128;  // a shell's exit status for a process that a signal ended

// Loading libcurl takes longer than the rest of `--version`, so it is loaded only on demand.
std::string version_text(const std::vector<std::string>& words) {
  const bool verbose = std::ranges::any_of(
      words, [](const auto& word) { return word == "-v" || word == "-vv" || word == "--verbose"; });
  return fmt::format("mscomm {}\n", kVersion) +
         (verbose ? fmt::format("{}\n{}\n", http_library_version(), amqp_library_version()) : "");
}

/// One run of the program, from its words to its exit code.
class Invocation {
 public:
  Invocation(std::vector<std::string> words, const Environment& environment, const StopSignal& stop)
      : words_(std::move(words)), environment_(environment), stop_(stop) {}

  Exit run() {
    program_.set_help_flag();
    bind_common_options(line_, early_);
    bool dump = false;
    program_.add_flag("--dump-cli", dump)->group("")->configurable(false);
    program_.prefix_command();
    split_empty_values(program_, words_);  // what remains of them is counted
    try {
      parse_words(program_, words_);
    } catch (const CLI::CallForHelp&) {
      print(program_help(line_));
      return Exit::ok;
    } catch (const CLI::CallForVersion&) {
      print(version_text(words_));
      return Exit::ok;
    }
    if (dump) {
      print(dump_cli());
      return Exit::ok;
    }
    const auto rest = program_.remaining();
    if (rest.empty()) {
      std::fputs(program_help(line_).c_str(), stderr);
      return Exit::usage;
    }
    if (rest.front() == "help" &&
        (rest.size() == 1 || rest[1] == "help" || rest[1].starts_with('-'))) {
      print(program_help(line_));
      return Exit::ok;
    }
    return run_command(take_command(rest));
  }

  int fail(const Error& error) {
    if (!observer_.has_listeners()) {
      observer_.add(make_log(early_log_options()));
    }
    Log(observer_).error(error);
    return static_cast<int>(error.reason());
  }

 private:
  void print(const std::string& text) {
    Destination output(std::nullopt, environment_, stop_, Deadline());
    output.writer().buffer() = text;
    output.finish();
  }

  // `rest` begins with the command, the first word that is no option.
  const Command& take_command(const std::vector<std::string>& rest) {
    auto name = rest.front();
    words_.erase(words_.end() - static_cast<std::ptrdiff_t>(rest.size()));
    if (name == "help" && rest.size() > 1) {
      name = rest[1];
      words_ = {"--help"};
    }
    if (const auto* command = find_command(name)) {
      return *command;
    }
    throw unknown_command(name);
  }

  static Error unknown_command(const std::string& name) {
    if (name.find("://") != std::string::npos) {
      return Error(Exit::usage, "the command is missing before the URL",
                   fmt::format("did you mean 'mscomm {} {}'?",
                               name.starts_with("http") ? "get" : "probe", shown_url(name)));
    }
    if (name.starts_with('-')) {
      return Error(Exit::usage, fmt::format("unknown option '{}'", named_option(name)),
                   "a command's own options stand after its name; see 'mscomm --help'");
    }
    std::vector<std::string> names{"help"};
    for (const auto& command : command_table()) {
      names.emplace_back(command.name);
    }
    return Error(Exit::usage, fmt::format("unknown command '{}'", shown_url(name)),
                 suggestion(name, names, "'mscomm --help' lists the commands"));
  }

  Exit run_command(const Command& row) {
    command_name_ = row.name;
    BoundCommand command(row);
    try {
      parse_words(*command.app, words_);
    } catch (const CLI::CallForHelp&) {
      print(command_help(*command.line));
      return Exit::ok;
    } catch (const CLI::CallForVersion&) {
      print(version_text(words_));
      return Exit::ok;
    }
    const auto& common = *command.common;
    const SystemClock clock;
    const auto start = clock.now();
    const auto deadline = [&](const std::optional<Duration>& timeout) {
      return timeout ? Deadline(start + *timeout) : Deadline();
    };
    const auto profile = load_profile(environment_, common.config, common.profile,
                                      document_reader({deadline(early_timeout(common)), stop_}));
    check_profile(profile, command);
    apply_settings(command, environment_, profile);
    observer_.add(make_log(log_options(common, command_name_, environment_)));
    const Context context{
        .environment = environment_,
        .observer = observer_,
        .clock = clock,
        .stop = stop_,
        .deadline = deadline(common.timeout),
        .color_stdout = use_color(common.color, environment_.stdout_is_terminal, environment_)};
    command.line->read_files(context);
    return command.run(context);
  }

  // As far as it is known before the profile is read.
  [[nodiscard]] std::optional<Duration> early_timeout(const CommonOptions& common) const {
    const auto variable = variable_name("timeout");
    const auto value = environment_.get(variable);
    return common.timeout || !value ? common.timeout
                                    : std::optional(parse_duration(*value, variable));
  }

  // For errors that come before options are parsed: finds the options that set up the log.
  LogOptions early_log_options() {
    CommonOptions found;
    const auto value_of = [&](const std::string& name) {
      auto value = environment_.get(variable_name(name)).value_or("");
      for (std::size_t i = 0; i < words_.size(); ++i) {
        if (words_[i].starts_with("--" + name + "=")) {
          value = words_[i].substr(name.size() + 3);
        } else if (words_[i] == "--" + name && i + 1 < words_.size()) {
          value = words_[i + 1];
        }
      }
      return value;
    };
    if (value_of("log-format") == "json") {
      found.log_format = LogFormat::json;
    }
    const auto color = value_of("color");
    if (color == "always" || color == "never") {
      found.color = color == "always" ? ColorMode::always : ColorMode::never;
    }
    return log_options(found, command_name_, environment_);
  }

  std::vector<std::string> words_;
  const Environment& environment_;
  const StopSignal& stop_;
  CLI::App program_{"The communication patterns of microservices, from a shell."};
  CommandLine line_{program_};
  CommonOptions early_;
  std::string command_name_;
  Observer observer_;
};

}  // namespace

int run_cli(std::span<char*> arguments, const Environment& environment, const StopSignal& stop) {
  const auto first = std::min<std::size_t>(1, arguments.size());
  std::vector<std::string> words(arguments.begin() + static_cast<std::ptrdiff_t>(first),
                                 arguments.end());
  hide_secrets(arguments);
  Invocation invocation(std::move(words), environment, stop);
  try {
    return static_cast<int>(invocation.run());
  } catch (const Error& error) {
    return invocation.fail(error);
  } catch (const Interrupted&) {
    return kSignalBase + stop.signal_number();
  } catch (const ReaderGone&) {
    return static_cast<int>(Exit::ok);
  } catch (const std::system_error& refused) {
    // Descriptors, threads, memory: what the system does not give is no bug.
    return invocation.fail(Error(Exit::io, fmt::format("the system refuses: {}", refused.what()),
                                 std::string(kLimits)));
  } catch (const std::bad_alloc&) {
    return invocation.fail(Error(Exit::io, "out of memory", std::string(kLimits)));
  }
}

}  // namespace mscomm
