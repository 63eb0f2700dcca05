#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

#include "core/runtime/clock.h"

namespace mscomm {

enum class Jitter {
  full,  ///< from zero to the whole pause, so that many clients do not retry in step
  none,
};

/// Pauses that double with each failure, up to a limit.
struct Backoff {
  Duration first = std::chrono::milliseconds(200);
  Duration longest = std::chrono::seconds(10);
  Jitter jitter = Jitter::full;

  /// The pause after `failures` failures in a row, counted from 1: min(longest, first * 2^(failures
  /// - 1)), or with full jitter a random time between 0 and that
  /// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html).
  [[nodiscard]] Duration pause_after(std::uint32_t failures, std::mt19937& random) const;
};

/// Parses `200ms..10s`, or `1s` for pauses of constant length, into the two times. Throws
/// Error{usage} that begins with `what`.
void parse_backoff(Backoff& backoff, std::string_view text, std::string_view what);

}  // namespace mscomm
