#pragma once

#include <memory>
#include <string>

#include "core/telemetry/observer.h"

namespace mscomm {

enum class LogFormat { text, json };

struct LogOptions {
  std::string command = {};  ///< stands in each line, for example "publish"; may be empty
  LogLevel level = LogLevel::warning;
  LogFormat format = LogFormat::text;
  bool color = false;
  bool progress = false;  ///< stderr is a terminal on which a line can be written again and again
};

/// Words for people on stderr: `mscomm: publish: warning: the connection is blocked`, control
/// characters made visible. The line of progress stands at the bottom; other lines clear it first.
std::unique_ptr<Listener> make_text_log(const LogOptions& options);

/// Steps for collectors on stderr, an object a line: time, level, command; then, as far as the
/// step has them, event (its name), target, trace_id, duration_ms, message, outcome, hint and its
/// fields.
std::unique_ptr<Listener> make_json_log(const LogOptions& options);

/// The one of them that the options name.
std::unique_ptr<Listener> make_log(const LogOptions& options);

}  // namespace mscomm
