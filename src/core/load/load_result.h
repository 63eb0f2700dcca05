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

/// One second of a load run; a request belongs to the second in which it ended.
struct LoadSecond {
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  Duration p50{};  ///< of LoadResult::latency()
  Duration p99{};
  Duration max{};
};

/// Complete responses with the same status.
struct LoadStatus {
  enum class Meaning { success, elsewhere, callers_error, services_error, other };

  std::uint64_t count = 0;
  Meaning meaning = Meaning::success;
};

/// A failed request, kept as an example: one of the first of its kind.
struct LoadSample {
  std::string kind;                     ///< as in LoadResult::failures
  std::string message;                  ///< "GET http://service-b/: 503 Service Unavailable"
  std::string body;                     ///< its first KiB
  Duration at{};                        ///< since the start of the run
  std::string hint = {};                ///< what to do, or empty
  std::vector<std::string> lines = {};  ///< below the message, see Error::lines()

  /// The message with its lines.
  [[nodiscard]] std::string text() const;
};

/// An objective of --slo and whether it was met.
struct LoadVerdict {
  std::string objective;  ///< "p99<150ms"
  std::string actual;     ///< "162ms", "1.3%", "no response"
  bool is_met = true;
};

/// The results of a load run. A request is one call of any protocol.
///
/// Service time runs from sending a request to its last byte. In an open loop, response time runs
/// from the moment at which the request was *due*: it includes the time that a caller would have
/// waited while the service or the connections were busy. Both cover complete responses of any
/// status, and only measured times.
struct LoadResult {
  std::string action;  ///< "GET"
  std::string target;  ///< the first URL, as shown: without a password
  std::size_t targets = 1;
  unsigned concurrency = 1;           ///< most requests under way at once
  std::optional<double> target_rate;  ///< requests a second; absent in a closed loop
  WallTime began;
  Duration took{};
  Duration sending{};  ///< the part in which requests were due or sent

  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t unsent = 0;      ///< due in an open loop, but not sent before the end
  std::uint64_t unfinished = 0;  ///< under way when the run was interrupted
  Duration longest_unfinished{};
  std::uint64_t connections = 0;
  std::uint64_t resent = 0;             ///< resent by the protocol
  std::uint64_t on_new_connection = 0;  ///< complete responses on a new connection
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
  bool timed_out = false;  ///< ended by the command's deadline

  [[nodiscard]] std::uint64_t requests() const { return succeeded + failed; }
  /// Requests that ended, in any way, per second of the sending time.
  [[nodiscard]] double rate() const;
  /// The mean number of callers waiting for a response that came. In a closed loop a value far
  /// below `concurrency` means that the client, not the service, is the bottleneck.
  [[nodiscard]] double under_way() const;
  /// The latency that callers see: response time in an open loop, else service time.
  [[nodiscard]] const LatencyHistogram& latency() const { return target_rate ? response : service; }
};

/// Three significant digits and a unit: "812ns", "43.2us", "1.25ms", "31.4s".
std::string shown_latency(Duration latency);

}  // namespace mscomm
