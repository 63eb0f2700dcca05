#include "core/probe/probe_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/runtime/duration.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

using Record = ProbeRecord;
using View = std::string_view;

Value text_or_absent(View text) { return text.empty() ? Value() : Value(text); }

// Text from the network may hold bytes that JSON cannot.
Value foreign_text(const std::string& text) {
  return text.empty() ? Value() : is_utf8(text) ? Value(View(text)) : Value(visible(text));
}

const CheckResult& check_of(const Record& record) { return record.result.check; }

constexpr auto kFields = std::to_array<Field<Record>>({
    {"target", "what was checked, without a password",
     [](const Record& r, View) { return Value(View(r.target)); }},
    {"kind", "http, amqp or tcp", [](const Record& r, View) { return Value(r.kind); }},
    {"level", "how deep a broker was checked: connect, login or roundtrip",
     [](const Record& r, View) { return text_or_absent(r.level); }},
    {"ok", "whether it holds", [](const Record& r, View) { return Value(check_of(r).ok()); }},
    {"outcome", "the name of the exit status that it alone would have led to",
     [](const Record& r, View) { return Value(exit_name(check_of(r).outcome)); }},
    {"status", "the HTTP status",
     [](const Record& r, View) {
       return check_of(r).status == 0 ? Value() : Value(std::int64_t{check_of(r).status});
     }},
    {"reason", "the HTTP status in words",
     [](const Record& r, View) { return foreign_text(check_of(r).reason); }},
    {"error", "why it does not hold",
     [](const Record& r, View) { return foreign_text(check_of(r).error); }},
    {"hint", "what to do about it",
     [](const Record& r, View) { return foreign_text(check_of(r).hint); }},
    {"latency_ms", "how long the check that held took",
     [](const Record& r, View) {
       return check_of(r).ok() ? Value(milliseconds_of(check_of(r).latency)) : Value();
     }},
    {"connect_ms", "until the connection stood: name, TCP and TLS",
     [](const Record& r, View) {
       return check_of(r).connect ? Value(milliseconds_of(*check_of(r).connect)) : Value();
     }},
    {"attempts", "how often it was checked",
     [](const Record& r, View) { return Value(std::int64_t{r.result.attempts}); }},
    {"waited_ms", "from the start of the first check to the end of the last",
     [](const Record& r, View) -> Value { return milliseconds_of(r.result.waited); }},
    {"server", "what the broker calls itself, for example RabbitMQ 3.10.8",
     [](const Record& r, View) { return foreign_text(check_of(r).server); }},
});

// The result of a successful check: "roundtrip", "200 OK".
std::string found(const Record& record) {
  const auto& check = check_of(record);
  if (!record.level.empty()) {
    return std::string(record.level);
  }
  return check.status == 0 ? "connect"
                           : in_one_line(fmt::format("{} {}", check.status, check.reason));
}

std::string latency(const Record& record) {
  const auto ms = std::chrono::duration<double, std::milli>(check_of(record).latency).count();
  return fmt::format("{:.1f} ms", ms);
}

}  // namespace

std::span<const Field<ProbeRecord>> probe_fields() { return kFields; }

void append_probe_text(std::string& out, std::span<const ProbeRecord> records, bool color) {
  std::size_t target_width = 0;
  std::size_t found_width = 0;
  std::size_t latency_width = 0;
  for (const auto& record : records) {
    target_width = std::max(target_width, in_one_line(record.target).size());
    if (check_of(record).ok()) {
      found_width = std::max(found_width, found(record).size());
      latency_width = std::max(latency_width, latency(record).size());
    }
  }
  constexpr View kGreen = "\x1b[32m";
  constexpr View kRed = "\x1b[1;31m";
  constexpr View kPlain = "\x1b[0m";
  for (const auto& record : records) {
    const auto& check = check_of(record);
    const auto verdict = check.ok() ? View("ok") : View("FAIL");
    out += color ? (check.ok() ? kGreen : kRed) : View();
    out += fmt::format("{:<4}", verdict);
    out += color ? kPlain : View();
    out += fmt::format("  {:<{}}  ", in_one_line(record.target), target_width);
    if (check.ok()) {
      out +=
          fmt::format("{:<{}}  {:>{}}", found(record), found_width, latency(record), latency_width);
      out += check.server.empty() ? "" : "  " + in_one_line(check.server);
    } else {
      out += in_one_line(check.error);
    }
    out += '\n';
  }
}

}  // namespace mscomm
