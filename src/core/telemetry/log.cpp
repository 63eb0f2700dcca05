#include "core/telemetry/log.h"

#include "core/runtime/error.h"

namespace mscomm {

void Log::error(const Error& error) const {
  observer_.tell({.level = LogLevel::error, .outcome = error.reason(), .hint = error.hint()}, "{}",
                 error.what());
}

void Log::warning_with_hint(std::string_view message, std::string_view hint) const {
  observer_.tell({.level = LogLevel::warning, .hint = hint}, "{}", message);
}

void Log::progress(std::string_view text) const {
  observer_.tell({.level = LogLevel::progress}, "{}", text);
}

}  // namespace mscomm
