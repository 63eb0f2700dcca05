#pragma once

#include <fmt/core.h>

#include <string_view>
#include <utility>

#include "core/telemetry/observer.h"

namespace mscomm {

class Error;

/// Text for people, passed to an observer as steps without a name: warnings, and what is being
/// done. As cheap to copy as a pointer, and as thread-safe as the observer.
class Log {
 public:
  explicit Log(Observer& observer) : observer_(observer) {}

  void error(const Error& error) const;

  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) const {
    observer_.tell({.level = LogLevel::warning}, format, std::forward<Args>(args)...);
  }

  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) const {
    observer_.tell({.level = LogLevel::info}, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) const {
    observer_.tell({.level = LogLevel::debug}, format, std::forward<Args>(args)...);
  }

  /// Whether progress() shows anything.
  [[nodiscard]] bool shows_progress() const { return enabled(LogLevel::progress); }
  /// Replaces the progress line at the bottom of the terminal.
  void progress(std::string_view text) const;

  /// Whether any listener reads text of that level.
  [[nodiscard]] bool enabled(LogLevel level) const { return observer_.wants(level, false); }

 private:
  Observer& observer_;
};

}  // namespace mscomm
