#pragma once

#include <fmt/core.h>

#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace mscomm {

class Error;

enum class LogLevel { error, warning, info, debug };
enum class LogFormat { text, json };

struct LogOptions {
  std::string command;  ///< stands in each line, for example "publish"; may be empty
  LogLevel level = LogLevel::warning;
  LogFormat format = LogFormat::text;
  bool color = false;
  bool progress = false;  ///< stderr is a terminal on which a line can be written again and again
};

/// Talk for people and collectors, on stderr only. Safe to use from several threads.
///
/// Text: `mscomm: publish: warning: the connection is blocked`, control characters made visible.
/// JSON: one object a line with time, level, command, message, hint and, for errors, outcome.
class Log {
 public:
  explicit Log(const LogOptions& options);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void error(const Error& error);

  /// A warning that says what to do.
  void warning_with_hint(std::string_view message, std::string_view hint);

  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) {
    write(LogLevel::warning, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(LogLevel::info)) {
      write(LogLevel::info, fmt::format(format, std::forward<Args>(args)...));
    }
  }
  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(LogLevel::debug)) {
      write(LogLevel::debug, fmt::format(format, std::forward<Args>(args)...));
    }
  }

  /// A result for people that stands on stderr unless --quiet was given, for example publish's
  /// summary; as an error it stands there always. `fields` are the members of its JSON form, for
  /// example `"sent":3,"confirmed":3`.
  void summary(std::string_view text, LogLevel level, std::string_view fields);

  /// Whether progress() shows anything.
  [[nodiscard]] bool shows_progress() const { return options_.progress; }
  /// Replaces the line of progress at the bottom of the terminal; other output clears it first.
  void progress(std::string_view text);

  [[nodiscard]] bool enabled(LogLevel level) const { return level <= options_.level; }

 private:
  void write(LogLevel level, std::string_view message, std::string_view fields = {});
  void write_with_hint(LogLevel level, std::string_view message, std::string_view hint,
                       std::string fields);
  void clear_progress();

  LogOptions options_;
  std::unique_ptr<spdlog::logger> logger_;
  bool progress_is_shown_ = false;
};

}  // namespace mscomm
