#include "core/event/trace_context.h"

#include <fmt/format.h>

#include "core/runtime/random_id.h"

namespace mscomm {
namespace {

constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kSpanDigits = 16;

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

std::string random_id(std::size_t digits) {
  auto id = random_hex(digits);
  while (!is_id(id)) {
    id = random_hex(digits);
  }
  return id;
}

}  // namespace

// The format is version "-" trace-id "-" parent-id "-" flags; later versions may append more
// (section 3.2.4).
TraceContext::TraceContext(const std::optional<std::string>& traceparent) {
  constexpr std::size_t kTraceAt = 3;
  constexpr std::size_t kSpanAt = kTraceAt + kTraceDigits + 1;
  constexpr std::size_t kFlagsAt = kSpanAt + kSpanDigits + 1;
  constexpr std::size_t kSize = kFlagsAt + 2;
  const std::string_view text = traceparent ? *traceparent : std::string_view();
  if (text.size() >= kSize && text[2] == '-' && text[kSpanAt - 1] == '-' &&
      text[kFlagsAt - 1] == '-') {
    const auto version = text.substr(0, 2);
    const auto trace = text.substr(kTraceAt, kTraceDigits);
    const auto flags = text.substr(kFlagsAt, 2);
    const bool ends =
        version == "00" ? text.size() == kSize : text.size() == kSize || text[kSize] == '-';
    continued_ = is_hex(version) && version != "ff" && is_id(trace) &&
                 is_id(text.substr(kSpanAt, kSpanDigits)) && is_hex(flags) && ends;
    if (continued_) {
      trace_id_ = trace;
      flags_ = flags;
    }
  }
  if (!continued_) {
    trace_id_ = random_id(kTraceDigits);
  }
}

std::string TraceContext::new_span() const {
  return fmt::format("00-{}-{}-{}", trace_id_, random_id(kSpanDigits), flags_);
}

}  // namespace mscomm
