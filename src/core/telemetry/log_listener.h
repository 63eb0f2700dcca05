#pragma once

#include <memory>
#include <string>

#include "core/telemetry/observer.h"

namespace mscomm {

enum class LogFormat { text, json };

struct LogOptions {
  std::string command = {};  ///< in each line, for example "publish"; may be empty
  LogLevel level = LogLevel::warning;
  LogFormat format = LogFormat::text;
  bool color = false;
  bool progress = false;  ///< stderr is a terminal, so a line can be overwritten
};

/// Text for people on stderr: `mscomm: publish: warning: the connection is blocked`, with control
/// characters and line feeds made visible, so that no text that a message quotes begins a line. The
/// progress line stays at the bottom; other lines clear it first.
std::unique_ptr<Listener> make_text_log(const LogOptions& options);

/// Steps for log collectors on stderr, one JSON object a line: time, level, command; then, if the
/// step has them, event (its name), target, trace_id, duration_ms, message, outcome, hint and its
/// fields.
std::unique_ptr<Listener> make_json_log(const LogOptions& options);

/// The text log or the JSON log, as the options say.
std::unique_ptr<Listener> make_log(const LogOptions& options);

}  // namespace mscomm
