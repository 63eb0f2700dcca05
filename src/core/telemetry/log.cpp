#include "core/telemetry/log.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>

#include <utility>

#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::debug:
      return spdlog::level::debug;
  }
  return spdlog::level::err;
}

std::string pattern_of(const LogOptions& options) {
  if (options.format == LogFormat::json) {
    return fmt::format(R"({{"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","command":"{}",%v}})",
                       options.command);
  }
  return options.command.empty() ? "%^mscomm:%$ %v"
                                 : fmt::format("%^mscomm: {}:%$ %v", options.command);
}

std::string json_message(std::string_view message, std::string_view fields) {
  std::string out = "\"message\":";
  append_json_string(out, visible(message));
  if (!fields.empty()) {
    out += ',';
    out += fields;
  }
  return out;
}

}  // namespace

Log::Log(const LogOptions& options) : options_(options) {
  auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(
      options.color ? spdlog::color_mode::always : spdlog::color_mode::never);
  logger_ = std::make_unique<spdlog::logger>("mscomm", std::move(sink));
  logger_->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      pattern_of(options), spdlog::pattern_time_type::utc));
  logger_->set_level(spdlog::level::trace);
}

Log::~Log() { clear_progress(); }

void Log::progress(std::string_view text) {
  if (options_.progress) {
    fmt::print(stderr, "\r\x1b[K{}", visible(text));
    progress_is_shown_ = true;
  }
}

void Log::clear_progress() {
  if (std::exchange(progress_is_shown_, false)) {
    fmt::print(stderr, "\r\x1b[K");
  }
}

void Log::error(const Error& error) {
  write_with_hint(LogLevel::error, error.what(), error.hint(),
                  fmt::format(R"("outcome":"{}")", exit_name(error.reason())));
}

void Log::warning_with_hint(std::string_view message, std::string_view hint) {
  write_with_hint(LogLevel::warning, message, hint, {});
}

void Log::write_with_hint(LogLevel level, std::string_view message, std::string_view hint,
                          std::string fields) {
  std::string text(message);
  if (!hint.empty() && options_.format == LogFormat::json) {
    fields += fields.empty() ? "\"hint\":" : ",\"hint\":";
    append_json_string(fields, visible(hint));
  } else if (!hint.empty()) {
    fmt::format_to(std::back_inserter(text), "\nhint: {}", hint);
  }
  write(level, text, fields);
}

void Log::summary(std::string_view text, LogLevel level, std::string_view fields) {
  clear_progress();
  if (options_.level == LogLevel::error && level != LogLevel::error) {
    return;
  }
  if (options_.format == LogFormat::json) {
    logger_->log(to_spdlog(level), json_message(text, fields));
  } else {
    logger_->log(to_spdlog(level), visible(text));
  }
}

void Log::write(LogLevel level, std::string_view message, std::string_view fields) {
  if (!enabled(level)) {
    return;
  }
  clear_progress();
  if (options_.format == LogFormat::json) {
    logger_->log(to_spdlog(level), json_message(message, fields));
  } else {
    logger_->log(to_spdlog(level), "{}{}", level == LogLevel::warning ? "warning: " : "",
                 visible(message));
  }
}

}  // namespace mscomm
