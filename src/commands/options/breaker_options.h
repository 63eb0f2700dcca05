#pragma once

#include "core/call/circuits.h"

namespace mscomm {

class CommandLine;

/// --breaker and its parameters.
struct CircuitBreakerOptions {
  bool wanted = false;
  CircuitPlan circuit;

  /// Throws Error{usage} for contradictions.
  void validate() const;
};

void bind_breaker_options(CommandLine& line, CircuitBreakerOptions& options);

}  // namespace mscomm
