#include "commands/line/common_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>

#include "commands/line/option_types.h"
#include "core/runtime/duration.h"
#include "core/runtime/environment.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

constexpr std::array kLogFormats{Choice<LogFormat>{"text", LogFormat::text},
                                 Choice<LogFormat>{"json", LogFormat::json}};
constexpr std::array kColorModes{Choice<ColorMode>{"auto", ColorMode::automatic},
                                 Choice<ColorMode>{"always", ColorMode::always},
                                 Choice<ColorMode>{"never", ColorMode::never}};

LogLevel level_of(const CommonOptions& options) {
  if (options.quiet) {
    return LogLevel::error;
  }
  if (options.verbosity == 0) {
    return LogLevel::warning;
  }
  return options.verbosity == 1 ? LogLevel::info : LogLevel::debug;
}

}  // namespace

void bind_common_options(CommandLine& line, CommonOptions& options) {
  OptionGroup common(line, kCommonOptions);
  common
      .text("--profile", options.profile, "NAME",
            "take defaults from [profile.NAME] of the configuration file")
      .only_on_the_line();
  common
      .text("--config", options.config, "FILE",
            "the configuration file, instead of ~/.config/mscomm/config.toml")
      .only_on_the_line();
  common.custom("--timeout", "DUR", "give up when the whole command takes longer, for example 30s",
                [&options](const std::string& value, const std::string& what) {
                  options.timeout = parse_duration(value, what);
                  if (*options.timeout <= Duration::zero()) {
                    throw Error(Exit::usage, fmt::format("{}: it must be more than 0", what));
                  }
                });
  common.counter("-v,--verbose", options.verbosity, "say what is being done; -vv shows the details")
      .excludes({"--quiet"});
  common.flag("--quiet", options.quiet, "say nothing but errors");
  common.choice("--log-format", options.log_format, kLogFormats, "text|json",
                "how messages on stderr are written");
  common.choice(
      "--color", options.color, kColorModes, "WHEN",
      "when to use colour: auto (on a terminal, unless NO_COLOR is set), always or never");
  common.action("-h,--help", "print this help and exit", [] { throw CLI::CallForHelp(); })
      .only_on_the_line();
  common
      .action("--version", "print the version and exit; with -v the libraries' too",
              [] { throw CLI::CallForVersion({}, 0); })
      .only_on_the_line();
}

LogOptions log_options(const CommonOptions& options, const std::string& command,
                       const Environment& environment) {
  return {.command = command,
          .level = level_of(options),
          .format = options.log_format,
          .color = use_color(options.color, environment.stderr_is_terminal, environment),
          .progress = environment.stderr_is_terminal && environment.get("TERM") != "dumb" &&
                      options.log_format == LogFormat::text &&
                      level_of(options) != LogLevel::error};
}

bool use_color(ColorMode mode, bool is_terminal, const Environment& environment) {
  if (mode != ColorMode::automatic) {
    return mode == ColorMode::always;
  }
  return is_terminal && !environment.get("NO_COLOR") && environment.get("TERM") != "dumb";
}

}  // namespace mscomm
