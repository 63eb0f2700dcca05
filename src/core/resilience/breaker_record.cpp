#include "core/resilience/breaker_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/runtime/duration.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

using Record = BreakerRecord;
using View = std::string_view;

Value text_or_absent(View text) { return text.empty() ? Value() : Value(text); }

CallCounts counts_of(const Record& record) { return count_calls(record.state.window, record.now); }

constexpr std::array kFields{
    Field<Record>{"key", "the circuit: an origin, or the name that calls gave it",
                  [](const Record& r, View) -> Value { return View(r.state.key); }},
    Field<Record>{"state", "closed, open, half_open (a call is trying it) or forced_open",
                  [](const Record& r, View) -> Value { return state_name(r.state.state); }},
    Field<Record>{"remaining_ms", "how long it is open; 0 when the next call tries it",
                  [](const Record& r, View) {
                    const auto remaining = r.remaining();
                    return remaining ? Value(std::int64_t{remaining->count()}) : Value();
                  }},
    Field<Record>{"why", "why it is open",
                  [](const Record& r, View) { return text_or_absent(r.state.why); }},
    Field<Record>{"calls", "how many calls count, while it is closed",
                  [](const Record& r, View) -> Value { return counts_of(r).calls; }},
    Field<Record>{"failed", "how many of them failed",
                  [](const Record& r, View) -> Value { return counts_of(r).failed; }},
    Field<Record>{"slow", "how many of them were slow",
                  [](const Record& r, View) -> Value { return counts_of(r).slow; }},
    Field<Record>{"open_count", "how often it opened without a long good time between",
                  [](const Record& r, View) -> Value { return std::uint64_t{r.state.open_count}; }},
    Field<Record>{"last_error", "how the last call that failed ended",
                  [](const Record& r, View) { return text_or_absent(r.state.last_error); }},
    Field<Record>{"changed_at", "when the state changed the last time",
                  [](const Record& r, View) {
                    return r.state.generation == 0 ? Value() : Value(WallTime(r.state.changed_at));
                  }},
};

std::string state_shown(const Record& record) {
  const auto remaining = record.remaining();
  const bool is_over = remaining == Milliseconds::zero();
  const bool is_by_hand = record.state.state == CircuitState::forced_open;
  return fmt::format("{}{}", state_name(record.state.state),
                     !remaining   ? ""
                     : !is_over   ? " " + shown_time(*remaining)
                     : is_by_hand ? ", over"
                                  : ", to be tried");
}

std::string detail(const Record& record) {
  std::string text = record.state.why;
  if (text.empty()) {
    const auto counts = counts_of(record);
    text = counts.calls == 0 ? "no calls"
                             : fmt::format("{} of {} calls failed", counts.failed, counts.calls);
    text += counts.slow > 0 ? fmt::format(", {} were slow", counts.slow) : "";
  }
  if (!record.state.last_error.empty()) {
    text += ", last: " + record.state.last_error;
  }
  return in_one_line(text);
}

}  // namespace

std::optional<Milliseconds> BreakerRecord::remaining() const {
  if (!state.open_until) {
    return std::nullopt;
  }
  return std::max(*state.open_until - now, Milliseconds::zero());
}

std::span<const Field<BreakerRecord>> breaker_fields() { return kFields; }

void append_breaker_text(std::string& out, std::span<const BreakerRecord> records, bool color) {
  std::size_t state_width = 0;
  std::size_t key_width = 0;
  for (const auto& record : records) {
    state_width = std::max(state_width, state_shown(record).size());
    key_width = std::max(key_width, in_one_line(record.state.key).size());
  }
  constexpr View kGreen = "\x1b[32m";
  constexpr View kRed = "\x1b[1;31m";
  constexpr View kPlain = "\x1b[0m";
  for (const auto& record : records) {
    const bool calls_pass =
        record.state.state == CircuitState::closed || record.state.state == CircuitState::disabled;
    out += color ? (calls_pass ? kGreen : kRed) : View();
    out += fmt::format("{:<{}}", state_shown(record), state_width);
    out += color ? kPlain : View();
    out += fmt::format("  {:<{}}  {}\n", in_one_line(record.state.key), key_width, detail(record));
  }
}

void append_breaker_page(std::string& out, const BreakerRecord& record) {
  for (const auto& field : kFields) {
    const auto value = field.get(record, {});
    if (!std::holds_alternative<std::monostate>(value)) {
      std::string text;
      append_text(text, value, TextForm::one_line);
      out += fmt::format("{:<14}{}\n", field.name, text);
    }
  }
}

std::string shown_time(Milliseconds time) {
  constexpr Milliseconds kMinute{60'000};
  return time < kMinute ? fmt::format("{:.1f}s", static_cast<double>(time.count()) / 1000)
                        : format_duration(std::chrono::round<std::chrono::seconds>(time));
}

}  // namespace mscomm
