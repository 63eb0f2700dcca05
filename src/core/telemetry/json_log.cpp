#include <cstdio>

#include "core/output/json_writer.h"
#include "core/runtime/duration.h"
#include "core/runtime/text.h"
#include "core/telemetry/log_listener.h"

namespace mscomm {
namespace {

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return "error";
    case LogLevel::warning:
      return "warning";
    case LogLevel::debug:
      return "debug";
    default:
      return "info";
  }
}

std::string joined(const Step& step) {
  auto text = step.message.text();
  for (const auto& below : step.lines) {
    text.append(1, '\n').append(below);
  }
  return text;
}

class JsonLog final : public Listener {
 public:
  explicit JsonLog(const LogOptions& options) : command_(options.command), level_(options.level) {}

  [[nodiscard]] bool wants(LogLevel level, bool /*named*/) const override {
    return level != LogLevel::progress && level <= level_;
  }

  void on(const Step& step) override {
    line_.clear();
    JsonWriter json(line_);
    json.begin_object()
        .member("time", SystemClock().wall())
        .member("level", level_name(step.level))
        .member("command", command_);
    append_text(json, "event", step.name);
    append_text(json, "target", step.target);
    append_text(json, "trace_id", step.trace_id);
    if (step.duration) {
      json.member("duration_ms", milliseconds_of(*step.duration));
    }
    if (!step.message.empty()) {
      json.member("message", visible(joined(step)));
    }
    if (step.outcome) {
      json.member("outcome", exit_name(*step.outcome));
    }
    append_text(json, "hint", step.hint);
    for (const auto& field : step.fields) {
      append_field(json, field);
    }
    json.end_object();
    line_ += '\n';
    // In one write, so that it does not mix with the output of other processes.
    std::fwrite(line_.data(), 1, line_.size(), stderr);
  }

 private:
  static void append_text(JsonWriter& json, std::string_view name, std::string_view text) {
    if (!text.empty()) {
      json.member(name, visible(text));
    }
  }

  // Text from the network may be any bytes, and JSON needs UTF-8.
  static void append_field(JsonWriter& json, const StepField& field) {
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
      json.member(field.name, visible(*text));
    } else if (const auto* held = std::get_if<std::string>(&field.value)) {
      json.member(field.name, visible(*held));
    } else {
      write_member(json, field.name, field.value);
    }
  }

  std::string command_;
  LogLevel level_;
  std::string line_;
};

}  // namespace

std::unique_ptr<Listener> make_json_log(const LogOptions& options) {
  return std::make_unique<JsonLog>(options);
}

std::unique_ptr<Listener> make_log(const LogOptions& options) {
  return options.format == LogFormat::json ? make_json_log(options) : make_text_log(options);
}

}  // namespace mscomm
