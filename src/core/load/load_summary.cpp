#include "core/load/load_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/runtime/text.h"

namespace mscomm {
namespace {

using View = std::string_view;

// Percentiles by member name: "p99", "p99.9".
constexpr std::array kPercents{50.0, 75.0, 90.0, 95.0, 99.0, 99.9};

double load_milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

void write_histogram(JsonWriter& json, const LatencyHistogram& latencies) {
  json.begin_object()
      .member("min", load_milliseconds(latencies.min()))
      .member("mean", load_milliseconds(latencies.mean()));
  for (const double percent : kPercents) {
    json.member(fmt::format("p{}", percent), load_milliseconds(latencies.percentile(percent)));
  }
  json.member("max", load_milliseconds(latencies.max())).end_object();
}

Value histogram_value(const LatencyHistogram& latencies) {
  return latencies.count() == 0 ? Value() : json_value<write_histogram>(latencies);
}

// "p99.5": any percentile, not only those of the JSON object.
std::optional<double> percent_of(View member) {
  double percent = 0;
  const auto* const end = member.data() + member.size();
  const auto [stop, error] =
      std::from_chars(member.data() + (member.starts_with('p') ? 1 : 0), end, percent);
  const bool is_percentile = member.starts_with('p') && error == std::errc() && stop == end &&
                             percent > 0 && percent <= 100;
  return is_percentile ? std::optional(percent) : std::nullopt;
}

bool is_histogram_member(View member) {
  return member == "min" || member == "mean" || member == "max" || percent_of(member).has_value();
}

Value histogram_member(const LatencyHistogram& latencies, View member) {
  if (latencies.count() == 0) {
    return {};
  }
  return load_milliseconds(member == "min"    ? latencies.min()
                           : member == "mean" ? latencies.mean()
                           : member == "max"  ? latencies.max()
                                              : latencies.percentile(*percent_of(member)));
}

void write_statuses(JsonWriter& json, const std::map<std::string, LoadStatus>& statuses) {
  json.begin_object();
  for (const auto& [name, status] : statuses) {
    json.member(name, status.count);
  }
  json.end_object();
}

void write_failures(JsonWriter& json, const std::map<std::string, std::uint64_t>& failures) {
  json.begin_object();
  for (const auto& [kind, count] : failures) {
    json.member(kind, count);
  }
  json.end_object();
}

void write_samples(JsonWriter& json, const std::vector<LoadSample>& samples) {
  json.begin_array();
  for (const auto& sample : samples) {
    json.begin_object()
        .bytes_member("kind", sample.kind)
        .bytes_member("message", sample.text())
        .member("body", is_utf8(sample.body) ? sample.body : visible(sample.body))
        .member("at_ms", load_milliseconds(sample.at))
        .end_object();
  }
  json.end_array();
}

void write_verdicts(JsonWriter& json, const std::vector<LoadVerdict>& verdicts) {
  json.begin_array();
  for (const auto& verdict : verdicts) {
    json.begin_object()
        .bytes_member("objective", verdict.objective)
        .bytes_member("actual", verdict.actual)
        .member("met", verdict.is_met)
        .end_object();
  }
  json.end_array();
}

constexpr std::array kLoadFields{
    Field<LoadResult>{"url", "the first URL, without its password",
                      [](const LoadResult& r, View) -> Value { return View(r.target); }},
    Field<LoadResult>{"method", "the method of its request",
                      [](const LoadResult& r, View) -> Value { return View(r.action); }},
    Field<LoadResult>{"began_at", "when the run began",
                      [](const LoadResult& r, View) -> Value { return r.began; }},
    Field<LoadResult>{"took_ms", "how long it took",
                      [](const LoadResult& r, View) -> Value { return load_milliseconds(r.took); }},
    Field<LoadResult>{
        "concurrency", "how many requests were under way at once, at most",
        [](const LoadResult& r, View) -> Value { return std::int64_t{r.concurrency}; }},
    Field<LoadResult>{
        "target_rate", "the requests a second that --rate asked for",
        [](const LoadResult& r, View) { return r.target_rate ? Value(*r.target_rate) : Value(); }},
    Field<LoadResult>{"rate", "the requests a second that ended, well or not",
                      [](const LoadResult& r, View) -> Value { return r.rate(); }},
    Field<LoadResult>{"requests", "how many ended, well or not",
                      [](const LoadResult& r, View) -> Value { return r.requests(); }},
    Field<LoadResult>{"succeeded", "how many were as they should be",
                      [](const LoadResult& r, View) -> Value { return r.succeeded; }},
    Field<LoadResult>{"failed", "how many were not",
                      [](const LoadResult& r, View) -> Value { return r.failed; }},
    Field<LoadResult>{"unsent", "how many --rate made due but were not sent before the end",
                      [](const LoadResult& r, View) -> Value { return r.unsent; }},
    Field<LoadResult>{"unfinished", "how many were under way when a signal ended the run",
                      [](const LoadResult& r, View) -> Value { return r.unfinished; }},
    Field<LoadResult>{"longest_unfinished_ms", "how long the oldest of them had waited",
                      [](const LoadResult& r, View) {
                        return r.unfinished > 0 ? Value(load_milliseconds(r.longest_unfinished))
                                                : Value();
                      }},
    Field<LoadResult>{"under_way", "how many callers waited on average for a response that came",
                      [](const LoadResult& r, View) -> Value { return r.under_way(); }},
    Field<LoadResult>{"connections", "how many connections were made",
                      [](const LoadResult& r, View) -> Value { return r.connections; }},
    Field<LoadResult>{"resent",
                      "how many were sent again: what HTTP/2 said was not processed, and "
                      "idempotent ones whose connection ended without an answer",
                      [](const LoadResult& r, View) -> Value { return r.resent; }},
    Field<LoadResult>{"body_bytes", "the size of all bodies",
                      [](const LoadResult& r, View) -> Value { return r.body_bytes; }},
    Field<LoadResult>{"service_ms",
                      "from sent to the last byte: min, mean, p50, p75, p90, p95, p99, p99.9, max",
                      [](const LoadResult& r, View) { return histogram_value(r.service); }},
    Field<LoadResult>{
        .name = "service_ms.",
        .help = "min, mean, max, or any percentile, for example p99.5",
        .get = [](const LoadResult& r, View member) { return histogram_member(r.service, member); },
        .has = is_histogram_member},
    Field<LoadResult>{"response_ms",
                      "with --rate, from due to the last byte: what callers would have waited",
                      [](const LoadResult& r, View) { return histogram_value(r.response); }},
    Field<LoadResult>{.name = "response_ms.",
                      .help = "min, mean, max, or any percentile",
                      .get = [](const LoadResult& r,
                                View member) { return histogram_member(r.response, member); },
                      .has = is_histogram_member},
    Field<LoadResult>{"send_lag_ms", "with --rate, from due to sent",
                      [](const LoadResult& r, View) { return histogram_value(r.send_lag); }},
    Field<LoadResult>{.name = "send_lag_ms.",
                      .help = "min, mean, max, or any percentile",
                      .get = [](const LoadResult& r,
                                View member) { return histogram_member(r.send_lag, member); },
                      .has = is_histogram_member},
    Field<LoadResult>{
        "statuses", "how many responses had which status",
        [](const LoadResult& r, View) { return json_value<write_statuses>(r.statuses); }},
    Field<LoadResult>{
        "failures", "how many failed in which way",
        [](const LoadResult& r, View) { return json_value<write_failures>(r.failures); }},
    Field<LoadResult>{
        "samples", "the first failures of each kind, with bodies",
        [](const LoadResult& r, View) { return json_value<write_samples>(r.samples); }},
    Field<LoadResult>{
        "objectives", "those of --slo, what was measured, and whether they were met",
        [](const LoadResult& r, View) { return json_value<write_verdicts>(r.verdicts); }},
    Field<LoadResult>{"timed_out", "whether --timeout did",
                      [](const LoadResult& r, View) -> Value { return r.timed_out; }},
    Field<LoadResult>{"interrupted", "whether a signal ended it early",
                      [](const LoadResult& r, View) -> Value { return r.interrupted; }},
};

std::string row(View name, const LatencyHistogram& latencies) {
  std::string out = fmt::format("{:<14}", name);
  for (const double percent : {50.0, 90.0, 99.0, 99.9}) {
    out += fmt::format("{:>9}", shown_latency(latencies.percentile(percent)));
  }
  return out + fmt::format("{:>9}{:>9}\n", shown_latency(latencies.max()),
                           shown_latency(latencies.mean()));
}

void append_latencies(std::string& out, const LoadResult& result) {
  if (result.service.count() == 0) {
    return;
  }
  out += fmt::format("\n{:<14}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}\n", "latency", "p50", "p90", "p99",
                     "p99.9", "max", "mean");
  out += row(result.target_rate ? "service time" : "", result.service);
  if (result.target_rate) {
    out += row("response time", result.response);
    out += row("send lag", result.send_lag);
    out += "service time is from sent to the last byte; response time from when it was due\n";
  }
  if (result.service.count() < result.requests()) {
    out += fmt::format("these are of the {} requests that were answered\n", result.service.count());
  }
}

constexpr View kIndent = "          ";

void append_sample(std::string& out, const LoadSample& sample) {
  out += fmt::format("{}{}\n", kIndent, in_one_line(sample.message));
  for (const auto& line : sample.lines) {
    out += fmt::format("{}{}\n", kIndent, in_one_line(line));
  }
  append_quoted_lines(out, View(sample.body).substr(0, 200), fmt::format("{}| ", kIndent));
}

void append_failures(std::string& out, const LoadResult& result) {
  if (!result.failures.empty()) {
    out += "\nfailures\n";
  }
  for (const auto& [kind, count] : result.failures) {
    out += fmt::format("{:>8}  {}\n", count, in_one_line(kind));
    const LoadSample* sample = nullptr;
    for (const auto& each : result.samples) {
      sample = sample == nullptr && each.kind == kind ? &each : sample;
    }
    if (sample != nullptr) {
      append_sample(out, *sample);
    }
  }
}

std::string statuses_text(const LoadResult& result) {
  std::string out;
  for (const auto& [name, status] : result.statuses) {
    out += fmt::format("{}{} x {}", out.empty() ? "" : ", ", name, status.count);
  }
  return out;
}

}  // namespace

std::span<const Field<LoadResult>> load_fields() { return kLoadFields; }

void append_load_json(std::string& out, const LoadResult& result) {
  append_json_object<LoadResult>(out, kLoadFields, result);
}

void append_load_text(std::string& out, const LoadResult& result) {
  out += fmt::format("{} {}{}\n", result.action, in_one_line(result.target),
                     result.targets > 1 ? fmt::format(" and {} more", result.targets - 1) : "");
  out += fmt::format(
      "{} requests in {}{}: {:.1f}/s{}, at most {} at once, {:.1f} on average, {} connection{}\n",
      result.requests(), shown_latency(result.took),
      result.interrupted ? " until interrupted"
      : result.timed_out ? " until timed out"
                         : "",
      result.rate(), result.target_rate ? fmt::format(" of {}/s", *result.target_rate) : "",
      result.concurrency, result.under_way(), result.connections,
      result.connections == 1 ? "" : "s");
  out += fmt::format("{} succeeded, {} failed", result.succeeded, result.failed);
  out += result.unsent > 0 ? fmt::format(", {} due but not sent", result.unsent) : "";
  out += result.resent > 0 ? fmt::format(", {} sent again", result.resent) : "";
  if (result.unfinished > 0) {
    out += fmt::format(", {} under way at the end, the oldest for {}", result.unfinished,
                       shown_latency(result.longest_unfinished));
  }
  out += '\n';
  if (!result.statuses.empty()) {
    out += fmt::format("statuses: {}\n", statuses_text(result));
  }
  append_latencies(out, result);
  append_failures(out, result);
  if (!result.verdicts.empty()) {
    out += "\nobjectives\n";
  }
  for (const auto& verdict : result.verdicts) {
    out += fmt::format("{:>8}  {}: {}\n", verdict.is_met ? "met" : "MISSED", verdict.objective,
                       verdict.actual);
  }
}

std::string load_progress(const LoadResult& result) {
  const auto& latency = result.latency();
  return fmt::format("{:.0f} s: {} requests, {:.0f}/s, p50 {}, p99 {}, {} failed",
                     std::chrono::duration<double>(result.took).count(), result.requests(),
                     result.rate(), shown_latency(latency.percentile(50)),
                     shown_latency(latency.percentile(99)), result.failed);
}

}  // namespace mscomm
