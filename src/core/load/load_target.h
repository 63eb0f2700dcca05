#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/load/load_result.h"
#include "core/runtime/clock.h"
#include "core/runtime/error.h"

namespace mscomm {

/// How much of what came a sample shows.
inline constexpr std::size_t kSampledBytes = 1024;

/// Why a call failed.
struct LoadFailure {
  std::string kind;  ///< as in LoadResult::failures
  Error error;
  std::string_view body = {};  ///< what came; valid until the caller's next call
};

/// How a call ended.
struct LoadCall {
  std::size_t caller = 0;
  TimePoint ended;  ///< when it did, whatever judging it has taken after that
  /// From sent to the last byte of a complete response; absent when none came.
  std::optional<Duration> service;
  std::optional<LoadFailure> failure;
};

/// A call that was not sent.
struct LoadRefusal {
  LoadFailure failure;
  std::optional<Duration> retry_after;  ///< when one may be again, if that is known
};

/// What a load run calls, by whatever protocol. Its callers are numbered from 0, and each has at
/// most one call under way.
class LoadTarget {
 public:
  virtual ~LoadTarget() = default;
  /// Puts the `turn`-th call of the run, from 0, on its way for a caller that has none; or says why
  /// it is not sent. A call that has not ended at the deadline fails. Throws Error when the run
  /// cannot go on.
  virtual std::optional<LoadRefusal> start(std::size_t caller, std::uint64_t turn,
                                           const Deadline& deadline) = 0;
  /// Waits until a call ends; nothing when `until` passed first. Throws Interrupted on a stop
  /// signal.
  virtual std::optional<LoadCall> wait(const Deadline& until) = 0;
  /// Ends a call that is under way and counts nowhere.
  virtual void give_up(std::size_t caller) = 0;
  /// Adds, at the end of the run, what only the target knows: its name, connections, statuses.
  virtual void describe(LoadResult& result) const = 0;
};

}  // namespace mscomm
