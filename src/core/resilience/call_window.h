#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/runtime/clock.h"

namespace mscomm {

/// The wall clock as it is stored: processes share it, and it outlives a boot.
using WallMilliseconds = std::chrono::sys_time<Milliseconds>;

inline constexpr std::uint32_t kMostWindowCalls = 1000;
inline constexpr int kWindowSlices = 10;

/// The letters of CallWindow::calls.
inline constexpr char kCallOk = '.';
inline constexpr char kCallFailed = 'f';
inline constexpr char kCallSlow = 's';
inline constexpr char kCallFailedSlowly = 'S';

/// How the latest calls ended: of the last so many calls, or of the last so long. One of the two
/// forms is empty.
struct CallWindow {
  /// So many calls of one part of the time.
  struct Slice {
    WallMilliseconds start;
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    std::uint64_t slow = 0;  ///< of both
    bool operator==(const Slice&) const = default;
  };

  std::string calls;  ///< a letter for each call, the latest last
  Milliseconds slice_length{0};
  std::vector<Slice> slices;  ///< each starts at a multiple of the length, the latest last

  bool operator==(const CallWindow&) const = default;
};

struct CallCounts {
  std::uint64_t calls = 0;
  std::uint64_t failed = 0;
  std::uint64_t slow = 0;
};

/// Adds a call to the last `size` calls. A larger window that another caller left is shortened: if
/// it were thrown away, two callers that differ in it would never see a failure.
void add_to_last_calls(CallWindow& window, bool failed, bool slow, std::size_t size);

/// Adds a call to those of the last `length`, in kWindowSlices slices. Those of another length that
/// another caller left are folded into them.
void add_to_last_time(CallWindow& window, bool failed, bool slow, Milliseconds length,
                      WallMilliseconds now);

/// What the window holds. Slices that are too old, or that a clock put into the future, do not
/// count.
CallCounts count_calls(const CallWindow& window, WallMilliseconds now);

}  // namespace mscomm
