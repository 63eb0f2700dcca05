#include "core/call/waterfall.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/runtime/duration.h"
#include "core/telemetry/step_names.h"

namespace mscomm {
namespace {

constexpr std::size_t kColumns = 48;

double in_milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

class Waterfall {
 public:
  explicit Waterfall(Duration whole) : whole_(std::max<Duration>(whole, Duration(1))) {}

  void add(const std::string& title, const HttpTimings& timings) {
    lines_.push_back(fmt::format("{}: {:.1f} ms", title, in_milliseconds(timings.total)));
    const auto sent = timings.dns + timings.connect + timings.tls;
    const auto answered = std::max(timings.first_byte, sent);
    const std::array<std::pair<const char*, Duration>, 5> phases{
        {{"name", timings.dns},
         {"connect", timings.connect},
         {"tls", timings.tls},
         {"first byte", answered - sent},
         {"transfer", std::max(timings.total, answered) - answered}}};
    auto at = start_;
    for (const auto& [name, length] : phases) {
      if (length > Duration::zero()) {
        lines_.push_back(fmt::format("  {:10} {:>9.1f} ms  {}{}", name, in_milliseconds(length),
                                     std::string(column(at), ' '), bar(at, at + length)));
      }
      at += length;
    }
    start_ += timings.total;
  }

  std::vector<std::string> take() { return std::move(lines_); }

 private:
  [[nodiscard]] std::size_t column(Duration at) const {
    return static_cast<std::size_t>(static_cast<double>(kColumns) * in_milliseconds(at) /
                                    in_milliseconds(whole_));
  }

  [[nodiscard]] std::string bar(Duration from, Duration to) const {
    std::string text;
    for (auto i = column(from); i < std::max(column(to), column(from) + 1); ++i) {
      text += "█";
    }
    return text;
  }

  Duration whole_;
  Duration start_{};
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> waterfall(const HttpRecord& record) {
  Waterfall picture(record.total());
  for (const auto& hop : record.redirects) {
    picture.add(fmt::format("{} {} {}", hop.method, hop.url, hop.status), hop.timings);
  }
  picture.add(fmt::format("{} {} {}", record.method, record.url, record.response.status),
              record.response.timings);
  return picture.take();
}

void tell_timing(const HttpRecord& record, Observer& observer) {
  constexpr std::array<std::string_view, 7> kNames{
      "method", "status", "dns_ms", "connect_ms", "tls_ms", "first_byte_ms", "attempts"};
  std::vector<Field<HttpRecord>> table;
  std::ranges::copy_if(http_fields(), std::back_inserter(table), [&](const auto& field) {
    return std::ranges::find(kNames, field.name) != kNames.end();
  });
  auto fields = step_fields<HttpRecord>(table, record);
  fields.emplace_back("total_ms", milliseconds_of(record.total()));
  const auto picture = waterfall(record);
  observer.tell({.name = steps::kHttpTiming,
                 .level = LogLevel::summary,
                 .target = record.url,
                 .trace_id = record.trace_id,
                 .duration = record.total(),
                 .outcome = record.outcome,
                 .fields = fields,
                 .lines = std::span(picture).subspan(1)},
                "{}", picture.front());
}

}  // namespace mscomm
