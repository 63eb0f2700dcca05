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

/// What counts as a service's failure, unless something else is said.
inline constexpr std::string_view kBreakerOn = "429,5xx,connect,dns,tls,reset,timeout";

/// When the circuits of called services open.
struct CircuitPlan {
  std::optional<std::string> name;  ///< of one circuit for all; absent: each origin has its own
  BreakerParameters parameters;
  FailureSet failures = FailureSet::parse(kBreakerOn, "");
};

/// The circuit breakers of the services that HTTP requests go to, for one thread. Without a plan
/// there are none, and every request is permitted.
class Circuits {
 public:
  /// Warns when the state of circuits cannot be kept. `plan` and `context` must outlive it.
  Circuits(const std::optional<CircuitPlan>& plan, Breaker::Sharing sharing,
           const Context& context);

  /// Whether there are any.
  [[nodiscard]] bool exist() const { return store_.has_value(); }

  /// Before each attempt at a request. Whoever got a permit must record() or give_up() it.
  Permit acquire(const HttpRequest& request);
  /// Error{circuit_open} that says why a permit was refused.
  Error refusal(const HttpRequest& request, const Permit& permit);
  /// What came of a permitted attempt. What failed and is none of the plan's failures says nothing
  /// about the service. `request` is the one that the permit is for, not one that it was redirected
  /// to; `error` is why the attempt was no success, or empty.
  void record(const HttpRequest& request, const Permit& permit, const HttpExchange& exchange,
              Duration took, std::string_view error);
  /// A permitted attempt was given up.
  void give_up(const HttpRequest& request, const Permit& permit);

  /// Writes what Breaker::Sharing::at_the_end has held back.
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
