#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>

#include <utility>

#include "core/runtime/text.h"
#include "core/telemetry/log_listener.h"

namespace mscomm {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::debug:
      return spdlog::level::debug;
    default:
      return spdlog::level::info;
  }
}

class TextLog final : public Listener {
 public:
  // Called by one thread at a time (Listener::on), so the sink needs no lock.
  explicit TextLog(const LogOptions& options)
      : options_(options),
        logger_("mscomm",
                std::make_shared<spdlog::sinks::ansicolor_stderr_sink_st>(
                    options.color ? spdlog::color_mode::always : spdlog::color_mode::never)) {
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        options.command.empty() ? "%^mscomm:%$ %v"
                                : fmt::format("%^mscomm: {}:%$ %v", options.command)));
    logger_.set_level(spdlog::level::trace);
  }
  TextLog(const TextLog&) = delete;
  TextLog& operator=(const TextLog&) = delete;
  ~TextLog() override { clear_progress(); }

  [[nodiscard]] bool wants(LogLevel level, bool /*named*/) const override {
    return level == LogLevel::progress ? options_.progress : level <= options_.level;
  }

  void on(const Step& step) override {
    if (step.message.empty()) {
      return;
    }
    if (step.level == LogLevel::progress) {
      fmt::print(stderr, "\r\x1b[K{}", in_one_line(step.message.text()));
      shows_progress_ = true;
      return;
    }
    clear_progress();
    auto line = std::string(step.level == LogLevel::warning ? "warning: " : "");
    line += in_one_line(step.message.text());
    for (const auto& below : step.lines) {
      line += '\n';
      line += in_one_line(below);
    }
    if (!step.hint.empty()) {
      line += "\nhint: ";
      line += in_one_line(step.hint);
    }
    logger_.log(to_spdlog(step.level), line);
  }

 private:
  void clear_progress() {
    if (std::exchange(shows_progress_, false)) {
      fmt::print(stderr, "\r\x1b[K");
    }
  }

  LogOptions options_;
  spdlog::logger logger_;
  bool shows_progress_ = false;
};

}  // namespace

std::unique_ptr<Listener> make_text_log(const LogOptions& options) {
  return std::make_unique<TextLog>(options);
}

}  // namespace mscomm
