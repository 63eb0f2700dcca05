#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/http/retry.h"
#include "core/http/status_set.h"

namespace CLI {
class App;
}

namespace mscomm {

/// What is asked of a response, and what is done when it is not that.
struct ResponseOptions {
  bool follow = false;
  unsigned max_redirects = 10;
  std::optional<StatusSet> expected;
  std::vector<std::string> assertions;
  std::optional<std::string> jq;
  bool timing = false;
  RetryPolicy retry;
  std::optional<std::string> idempotency_key;
  std::optional<std::string> until;
  std::optional<Duration> every;

  /// Throws Error{usage} for contradictions.
  void validate() const;
  /// What counts as a success; absent when any status does.
  [[nodiscard]] std::optional<StatusSet> successes() const;
};

void bind_judgement_options(CLI::App& app, ResponseOptions& options);
void bind_resilience_options(CLI::App& app, ResponseOptions& options);

}  // namespace mscomm
