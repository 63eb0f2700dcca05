#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/failure_set.h"
#include "core/http/http.h"
#include "core/resilience/breaker.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// The failures of a service that the circuit breaker counts by default.
inline constexpr std::string_view kBreakerOn = "429,5xx,connect,dns,tls,reset,timeout";

/// When the circuit of a called service opens.
struct CircuitPlan {
  std::optional<std::string> name;  ///< one circuit for all requests; absent: one for each origin
  BreakerParameters parameters;
  FailureSet failures = FailureSet::parse(kBreakerOn, "");
};

/// The circuit breakers of the services that HTTP requests go to, for one thread. Without a plan
/// there are none, and every request is permitted.
class Circuits {
 public:
  /// Warns when the circuits' state cannot be kept. `plan` and `context` must outlive it.
  Circuits(const std::optional<CircuitPlan>& plan, Breaker::Sharing sharing,
           const Context& context);

  /// Whether there is a plan, and so circuit breakers.
  [[nodiscard]] bool exist() const { return store_.has_value(); }

  /// Asks for permission before each attempt at a request. After an allowed one the caller must
  /// call record() or give_up().
  Permit acquire(const HttpRequest& request);
  /// The Error{circuit_open} for a refused permit, with the reason.
  Error refusal(const HttpRequest& request, const Permit& permit);
  /// Records the outcome of a permitted attempt. A failure that is not in the plan says nothing
  /// about the service. `request` is the one that the permit is for, not a redirected one; `error`
  /// is why the attempt was no success, or empty.
  void record(const HttpRequest& request, const Permit& permit, const HttpExchange& exchange,
              Duration took, std::string_view error);
  /// Records that a permitted attempt was given up, which says nothing about the service.
  void give_up(const HttpRequest& request, const Permit& permit);

  /// Writes the state that Breaker::Sharing::at_the_end has held back.
  void persist();

 private:
  Breaker& breaker_of(const HttpRequest& request);

  const std::optional<CircuitPlan>& plan_;
  Breaker::Sharing sharing_;
  const Context& context_;
  std::optional<BreakerStore> store_;
  std::map<std::string, Breaker> breakers_;
};

}  // namespace mscomm
