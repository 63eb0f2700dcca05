#include "core/resilience/breaker_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/document/json_parser.h"
#include "core/runtime/compression.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kLastMillisecond = 253'402'300'799'999;  // of the year 9999
constexpr std::uint64_t kMostCounted = 1'000'000'000'000'000;    // 1e15: doubles are exact
constexpr std::size_t kLongestText = 2048;

std::int64_t milliseconds_of(WallMilliseconds time) { return time.time_since_epoch().count(); }

Json window_json(const CallWindow& window) {
  if (window.slice_length == Milliseconds::zero()) {
    return {{"calls", window.calls}};
  }
  auto slices = Json::array();
  for (const auto& slice : window.slices) {
    slices.push_back({milliseconds_of(slice.start), slice.ok, slice.failed, slice.slow});
  }
  return {{"slice_ms", window.slice_length.count()}, {"slices", slices}};
}

// Every function here throws on unexpected input; parse_breaker_state() catches it.

std::uint64_t number(const Json& value, std::uint64_t most) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
    throw std::out_of_range("a number");
  }
  return value.get<std::uint64_t>();
}

std::uint32_t count(const Json& value, std::uint32_t most) {
  return static_cast<std::uint32_t>(number(value, most));
}

WallMilliseconds time(const Json& value) {
  return WallMilliseconds(Milliseconds(number(value, kLastMillisecond)));
}

std::optional<WallMilliseconds> optional_time(const Json& object, const char* name) {
  return object.contains(name) ? std::optional(time(object.at(name))) : std::nullopt;
}

std::string text(const Json& value) {
  auto string = value.get<std::string>();
  if (string.size() > kLongestText) {
    throw std::out_of_range("a text");
  }
  return string;
}

CallWindow::Slice slice_of(const Json& value, Milliseconds length) {
  CallWindow::Slice slice{.start = time(value.at(0)),
                          .ok = number(value.at(1), kMostCounted),
                          .failed = number(value.at(2), kMostCounted),
                          .slow = number(value.at(3), kMostCounted)};
  if (slice.start.time_since_epoch() % length != Milliseconds::zero()) {
    throw std::out_of_range("a slice");
  }
  return slice;
}

CallWindow window_of(const Json& value) {
  CallWindow window;
  if (value.contains("calls")) {
    window.calls = text(value.at("calls"));
    constexpr char kLetters[] = {kCallOk, kCallFailed, kCallSlow, kCallFailedSlowly, '\0'};
    if (window.calls.size() > kMostWindowCalls ||
        window.calls.find_first_not_of(kLetters) != std::string::npos) {
      throw std::out_of_range("calls");
    }
    return window;
  }
  window.slice_length = Milliseconds(number(value.at("slice_ms"), kLastMillisecond));
  const auto& slices = value.at("slices").get_ref<const Json::array_t&>();
  if (window.slice_length == Milliseconds::zero() || slices.size() > kWindowSlices) {
    throw std::out_of_range("slices");
  }
  for (const auto& each : slices) {
    window.slices.push_back(slice_of(each, window.slice_length));
  }
  if (!std::ranges::is_sorted(window.slices, std::ranges::less_equal{},
                              &CallWindow::Slice::start)) {
    throw std::out_of_range("the order of slices");
  }
  return window;
}

std::vector<ProbeLease> probes_of(const Json& value) {
  std::vector<ProbeLease> probes;
  for (const auto& each : value.get_ref<const Json::array_t&>()) {
    probes.push_back({.id = number(each.at(0), UINT64_MAX), .until = time(each.at(1))});
  }
  if (probes.size() > kMostProbes) {
    throw std::out_of_range("probes");
  }
  return probes;
}

BreakerState state_of(const Json& json) {
  if (number(json.at("v"), kVersion) != kVersion) {
    throw std::out_of_range("the version");
  }
  BreakerState state;
  state.key = text(json.at("key"));
  state.state = state_of_name(text(json.at("state"))).value();
  state.generation = number(json.at("generation"), kMostCounted);
  state.changed_at = time(json.at("changed_at"));
  state.open_until = optional_time(json, "open_until");
  state.open_count = count(json.at("open_count"), UINT32_MAX);
  state.why = text(json.at("why"));
  state.window = window_of(json.at("window"));
  state.consecutive = count(json.at("consecutive"), UINT32_MAX);
  state.called_at = optional_time(json, "called_at");
  state.probes = probes_of(json.at("probes"));
  state.probes_ok = count(json.at("probes_ok"), kMostProbes);
  state.probes_failed = count(json.at("probes_failed"), 2 * kMostProbes);
  state.last_error = text(json.at("last_error"));
  if (state.state == CircuitState::open && !state.open_until) {
    throw std::out_of_range("no end");
  }
  return state;
}

constexpr std::array<std::string_view, 3> kOutcomes{"success", "failure", "ignored"};

FinishedCall finished_call_of(const Json& json) {
  const auto* const outcome = std::ranges::find(kOutcomes, text(json.at("outcome")));
  if (outcome == kOutcomes.end()) {
    throw std::out_of_range("the outcome");
  }
  FinishedCall call;
  call.permit.generation = number(json.at("generation"), kMostCounted);
  if (json.contains("probe")) {
    call.permit.probe = number(json.at("probe"), UINT64_MAX);
  }
  call.report.outcome = static_cast<CallOutcome>(outcome - kOutcomes.begin());
  call.report.latency = Milliseconds(number(json.at("latency_ms"), kLastMillisecond));
  if (json.contains("retry_after_ms")) {
    call.report.retry_after = Milliseconds(number(json.at("retry_after_ms"), kLastMillisecond));
  }
  call.report.error = text(json.at("error"));
  call.report.at = time(json.at("at"));
  return call;
}

}  // namespace

std::string finished_call_text(const FinishedCall& call) {
  const auto& report = call.report;
  const auto in_milliseconds = [](Duration time) {
    return std::max(std::chrono::ceil<Milliseconds>(time), Milliseconds(0)).count();
  };
  Json json{{"generation", call.permit.generation.value()},
            {"outcome", kOutcomes.at(static_cast<std::size_t>(report.outcome))},
            {"latency_ms", in_milliseconds(report.latency)},
            {"error", report.error.substr(0, kLongestText / 8)},
            {"at", milliseconds_of(report.at.value())}};
  if (call.permit.probe) {
    json["probe"] = *call.permit.probe;
  }
  if (report.retry_after) {
    json["retry_after_ms"] = in_milliseconds(*report.retry_after);
  }
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::optional<FinishedCall> parse_finished_call(std::string_view text) {
  JsonMistake mistake;
  const auto json = parse_json(text, mistake);
  try {
    return json ? std::optional(finished_call_of(*json)) : std::nullopt;
  } catch (const std::exception&) {  // as in parse_breaker_state()
    return std::nullopt;
  }
}

std::string with_checksum(std::string_view line) {
  return fmt::format("{}\n\"{:08x}\"\n", line, crc32(line));
}

std::string breaker_state_text(const BreakerState& state) {
  auto probes = Json::array();
  for (const auto& probe : state.probes) {
    probes.push_back({probe.id, milliseconds_of(probe.until)});
  }
  Json json{{"v", kVersion},
            {"key", state.key},
            {"state", state_name(state.state)},
            {"generation", state.generation},
            {"changed_at", milliseconds_of(state.changed_at)}};
  if (state.open_until) {
    json["open_until"] = milliseconds_of(*state.open_until);
  }
  json["open_count"] = state.open_count;
  json["why"] = state.why;
  json["window"] = window_json(state.window);
  json["consecutive"] = state.consecutive;
  if (state.called_at) {
    json["called_at"] = milliseconds_of(*state.called_at);
  }
  json["probes"] = std::move(probes);
  json["probes_ok"] = state.probes_ok;
  json["probes_failed"] = state.probes_failed;
  json["last_error"] = state.last_error;
  return with_checksum(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::optional<BreakerState> parse_breaker_state(std::string_view text) {
  const auto line = text.substr(0, text.find('\n'));
  if (with_checksum(line) != text) {
    return std::nullopt;
  }
  JsonMistake mistake;
  const auto json = parse_json(line, mistake);
  if (!json) {
    return std::nullopt;
  }
  try {
    return state_of(*json);
  } catch (const std::exception&) {  // from the JSON library, or from the checks above
    return std::nullopt;
  }
}

}  // namespace mscomm
