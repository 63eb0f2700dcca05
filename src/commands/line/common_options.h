#pragma once

#include <optional>
#include <string>

#include "core/runtime/clock.h"
#include "core/telemetry/log_listener.h"

namespace mscomm {

class CommandLine;

struct Environment;

enum class ColorMode { automatic, always, never };

/// The options that every command has, accepted before and after its name.
struct CommonOptions {
  std::optional<std::string> profile;
  std::optional<std::string> config;
  std::optional<Duration> timeout;  ///< of the whole command
  int verbosity = 0;
  bool quiet = false;
  LogFormat log_format = LogFormat::text;
  ColorMode color = ColorMode::automatic;
};

/// The heading under which help lists them.
inline constexpr const char* kCommonOptions = "Common options";

/// Adds them, with --help and --version, which end parsing at once by throwing CLI::CallForHelp and
/// CLI::CallForVersion.
void bind_common_options(CommandLine& line, CommonOptions& options);

/// How `command` logs, by its options.
LogOptions log_options(const CommonOptions& options, const std::string& command,
                       const Environment& environment);

/// Whether to colour a stream that is (or is not) a terminal (https://no-color.org).
bool use_color(ColorMode mode, bool is_terminal, const Environment& environment);

}  // namespace mscomm
