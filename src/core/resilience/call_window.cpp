#include "core/resilience/call_window.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace mscomm {
namespace {

bool is_current(const CallWindow& window, const CallWindow::Slice& slice, WallMilliseconds now) {
  return slice.start <= now && slice.start > now - kWindowSlices * window.slice_length;
}

// Regroups the counts of another caller with a different slice length: each slice is placed at the
// latest time that it covers.
void fold(CallWindow& window, Milliseconds slice_length, WallMilliseconds now) {
  std::vector<CallWindow::Slice> folded;
  for (const auto& slice : window.slices) {
    const auto last = std::min(now, slice.start + window.slice_length - Milliseconds(1));
    const auto start = last - last.time_since_epoch() % slice_length;
    if (folded.empty() || folded.back().start != start) {
      folded.push_back({.start = start});
    }
    folded.back().ok += slice.ok;
    folded.back().failed += slice.failed;
    folded.back().slow += slice.slow;
  }
  window.slice_length = slice_length;
  window.slices = std::move(folded);
}

}  // namespace

void add_to_last_calls(CallWindow& window, bool failed, bool slow, std::size_t size) {
  window.slice_length = {};
  window.slices.clear();
  window.calls += failed ? (slow ? kCallFailedSlowly : kCallFailed) : (slow ? kCallSlow : kCallOk);
  if (window.calls.size() > size) {
    window.calls.erase(0, window.calls.size() - size);
  }
}

void add_to_last_time(CallWindow& window, bool failed, bool slow, Milliseconds length,
                      WallMilliseconds now, std::optional<WallMilliseconds> at) {
  const auto slice_length = std::max<Milliseconds>(length / kWindowSlices, Milliseconds(1));
  window.calls.clear();  // their times are unknown
  if (window.slice_length != slice_length) {
    fold(window, slice_length, now);
  }
  auto& slices = window.slices;
  std::erase_if(slices, [&](const auto& slice) { return !is_current(window, slice, now); });
  const auto ended = at.value_or(now);
  const CallWindow::Slice added{.start = ended - ended.time_since_epoch() % slice_length,
                                .ok = failed ? 0U : 1U,
                                .failed = failed ? 1U : 0U,
                                .slow = slow ? 1U : 0U};
  const auto place = std::ranges::lower_bound(slices, added.start, {}, &CallWindow::Slice::start);
  if (!is_current(window, added, now)) {
    return;
  }
  if (place == slices.end() || place->start != added.start) {
    slices.insert(place, added);
    return;
  }
  place->ok += added.ok;
  place->failed += added.failed;
  place->slow += added.slow;
}

CallCounts count_calls(const CallWindow& window, WallMilliseconds now) {
  CallCounts counts;
  for (const char call : window.calls) {
    ++counts.calls;
    counts.failed += call == kCallFailed || call == kCallFailedSlowly ? 1U : 0U;
    counts.slow += call == kCallSlow || call == kCallFailedSlowly ? 1U : 0U;
  }
  for (const auto& slice : window.slices) {
    if (is_current(window, slice, now)) {
      counts.calls += slice.ok + slice.failed;
      counts.failed += slice.failed;
      counts.slow += slice.slow;
    }
  }
  return counts;
}

}  // namespace mscomm
