#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/load/latency_histogram.h"
#include "core/runtime/clock.h"
#include "core/runtime/exit_code.h"

namespace mscomm {

/// What came about in one second of a load run, by the time at which requests ended.
struct LoadSecond {
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  Duration p50{};  ///< of LoadResult::latency()
  Duration p99{};
  Duration max{};
};

/// What complete responses said: so many of them the same.
struct LoadStatus {
  enum class Meaning { success, elsewhere, callers_error, services_error, other };

  std::uint64_t count = 0;
  Meaning meaning = Meaning::success;
};

/// A response that was not what was asked for, or none: one of the first of its kind.
struct LoadSample {
  std::string kind;       ///< as in LoadResult::failures
  std::string message;    ///< "GET http://service-b/: 503 Service Unavailable"
  std::string body;       ///< its first KiB
  Duration at{};          ///< since the start of the run
  std::string hint = {};  ///< what to do, or empty
};

/// An objective of --slo and whether it was met.
struct LoadVerdict {
  std::string objective;  ///< "p99<150ms"
  std::string actual;     ///< "162ms", "1.3%", "no response"
  bool is_met = true;
};

/// What a load run saw. A request is whatever was called, by any protocol.
///
/// Service time is from the moment at which a request was sent to its last byte. In an open loop
/// response time is from the moment at which it was *due*: it holds what a caller would have waited
/// while the service or the connections were busy. Both are of complete responses, whatever their
/// status. Nothing in them is invented.
struct LoadResult {
  std::string action;  ///< "GET"
  std::string target;  ///< the first URL, as shown: without a password
  std::size_t targets = 1;
  unsigned concurrency = 1;           ///< most requests under way at once
  std::optional<double> target_rate;  ///< requests a second; absent in a closed loop
  WallTime began;
  Duration took{};
  Duration sending{};  ///< the part of it in which requests were due or sent

  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t unsent = 0;      ///< due in an open loop, but never sent before the end
  std::uint64_t unfinished = 0;  ///< under way when it was interrupted
  Duration longest_unfinished{};
  std::uint64_t connections = 0;
  std::uint64_t resent = 0;             ///< sent once more by the protocol
  std::uint64_t on_new_connection = 0;  ///< complete responses that came on one
  std::uint64_t body_bytes = 0;
  std::map<std::string, LoadStatus> statuses;     ///< of complete responses: "200"
  std::map<std::string, std::uint64_t> failures;  ///< by kind: "timeout", "status 503", "violated"
  Tally outcomes;                                 ///< of the requests
  LatencyHistogram service;
  LatencyHistogram response;  ///< open loop only
  LatencyHistogram send_lag;  ///< from due to sent; open loop only
  std::vector<LoadSecond> seconds;
  std::vector<LoadSample> samples;
  std::vector<LoadVerdict> verdicts;
  bool interrupted = false;
  bool timed_out = false;  ///< the command's deadline ended it

  [[nodiscard]] std::uint64_t requests() const { return succeeded + failed; }
  /// Requests a second that ended, in any way, over the time in which they were sent.
  [[nodiscard]] double rate() const;
  /// How many of the callers waited on average for a response that came. In a closed loop far fewer
  /// than `concurrency` mean that the measuring is slower than the service.
  [[nodiscard]] double under_way() const;
  /// What callers felt: response time in an open loop, else service time.
  [[nodiscard]] const LatencyHistogram& latency() const { return target_rate ? response : service; }
};

/// With three significant digits and a unit: "812ns", "43.2us", "1.25ms", "31.4s".
std::string shown_latency(Duration latency);

}  // namespace mscomm
