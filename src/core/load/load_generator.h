#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/call/retry.h"
#include "core/http/http.h"
#include "core/load/load_result.h"
#include "core/resilience/breaker.h"
#include "core/runtime/error.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// What is sent, how often, and how much of it at once. It ends with the count or the duration,
/// whichever comes first; one of them must be there.
struct LoadPlan {
  std::vector<HttpRequest> requests;  ///< in turn
  std::optional<std::uint64_t> count;
  std::optional<Duration> duration;  ///< after which nothing is sent; what is under way is awaited
  unsigned concurrency = 50;         ///< most requests under way at once
  /// An open loop: requests a second, which are due at these times whatever became of the others.
  /// Absent, a closed loop: as soon as one ends, the next is sent.
  std::optional<double> rate;
  Duration request_timeout = std::chrono::seconds(30);
};

struct LoadHooks {
  /// What is wrong with a response (or with there being none); nothing when it is as it should be.
  /// `body` is its first KiB, or all of it when `reads_body`.
  std::function<std::optional<Error>(const HttpExchange&, const std::string& body)> judge;
  bool reads_body = false;
  /// Of each of the plan's requests; or empty.
  std::vector<Breaker*> breakers;
  FailureSet breaking = {};
  /// Called about five times a second, when it is there.
  std::function<void(const LoadResult&)> progress;
};

/// Sends what the plan says and measures. A stop signal ends it early: what is under way is given
/// up and counts nowhere. So does the context's deadline, with what is under way timed out.
LoadResult generate_load(HttpClient& client, const LoadPlan& plan, const LoadHooks& hooks,
                         const Context& context);

}  // namespace mscomm
