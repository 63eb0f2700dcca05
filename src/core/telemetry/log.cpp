#include "core/telemetry/log.h"

#include "core/runtime/error.h"

namespace mscomm {

void Log::error(const Error& error) const {
  observer_.tell({.level = LogLevel::error,
                  .outcome = error.reason(),
                  .hint = error.hint(),
                  .lines = error.lines()},
                 "{}", error.head());
}

void Log::progress(std::string_view text) const {
  observer_.tell({.level = LogLevel::progress}, "{}", text);
}

}  // namespace mscomm
