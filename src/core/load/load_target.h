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

/// How many bytes of a response's body a sample keeps.
inline constexpr std::size_t kSampledBytes = 1024;

/// Why a call failed.
struct LoadFailure {
  std::string kind;  ///< as in LoadResult::failures
  Error error;
  std::string_view body = {};  ///< of the response; valid until the caller's next call
};

/// How a call ended.
struct LoadCall {
  std::size_t caller = 0;
  TimePoint ended;  ///< when it did; judging it is not included
  /// From sending to the last byte of a complete response; absent without one.
  std::optional<Duration> service;
  std::optional<LoadFailure> failure;
};

/// Why a call was not sent.
struct LoadRefusal {
  LoadFailure failure;
  std::optional<Duration> retry_after;  ///< when a call may be sent again, if known
};

/// The target of a load run, for any protocol. Callers are numbered from 0; each has at most one
/// call under way.
class LoadTarget {
 public:
  virtual ~LoadTarget() = default;
  /// Starts call number `turn` of the run, from 0, for a caller with no call under way; or returns
  /// why it is not sent. A call that has not ended at the deadline fails. Throws Error when the run
  /// cannot go on.
  virtual std::optional<LoadRefusal> start(std::size_t caller, std::uint64_t turn,
                                           const Deadline& deadline) = 0;
  /// Waits until a call ends; nothing when `until` passed first. Throws Interrupted on a stop
  /// signal.
  virtual std::optional<LoadCall> wait(const Deadline& until) = 0;
  /// Ends a call under way; it is not counted.
  virtual void give_up(std::size_t caller) = 0;
  /// Adds at the end of the run what only the target knows: its name, connections, statuses.
  virtual void describe(LoadResult& result) const = 0;
};

}  // namespace mscomm
