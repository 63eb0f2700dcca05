#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/runtime/clock.h"

namespace mscomm {

/// The wall clock in stored form: processes share it, and it survives a reboot.
using WallMilliseconds = std::chrono::sys_time<Milliseconds>;

inline constexpr std::uint32_t kMostWindowCalls = 1000;
inline constexpr int kWindowSlices = 10;

/// The letters in CallWindow::calls.
inline constexpr char kCallOk = '.';
inline constexpr char kCallFailed = 'f';
inline constexpr char kCallSlow = 's';
inline constexpr char kCallFailedSlowly = 'S';

/// The outcomes of the latest calls: either the last N calls, or the calls of the last period. One
/// of the two forms is empty.
struct CallWindow {
  /// The calls of one part of the period.
  struct Slice {
    WallMilliseconds start;
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    std::uint64_t slow = 0;  ///< ok or failed
    bool operator==(const Slice&) const = default;
  };

  std::string calls;  ///< a letter for each call, latest last
  Milliseconds slice_length{0};
  std::vector<Slice> slices;  ///< each starts at a multiple of the length, latest last

  bool operator==(const CallWindow&) const = default;
};

struct CallCounts {
  std::uint64_t calls = 0;
  std::uint64_t failed = 0;
  std::uint64_t slow = 0;
};

/// Adds a call to the last `size` calls. A larger window left by another caller is shortened: if it
/// were discarded, two callers with different sizes would never see a failure.
void add_to_last_calls(CallWindow& window, bool failed, bool slow, std::size_t size);

/// Adds a call that ended at `at`, by default now, to those of the last `length`, in kWindowSlices
/// slices. Slices of another length, left by another caller, are folded into them.
void add_to_last_time(CallWindow& window, bool failed, bool slow, Milliseconds length,
                      WallMilliseconds now, std::optional<WallMilliseconds> at = {});

/// The counts in the window, without slices that are too old or, after a clock change, in the
/// future.
CallCounts count_calls(const CallWindow& window, WallMilliseconds now);

}  // namespace mscomm
