#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/runtime/files.h"

namespace mscomm {

/// Descriptors of which poll(2) sees one: `fd()` is readable when any of them is ready. What waits
/// for it costs the same for ten and for ten thousand.
///
/// A descriptor that is known from opened() to closed() and is unwatched between leaves with the
/// next settle(), which must come before `fd()` is waited for: to watch it again until then, as a
/// pooled connection is for its next request, costs no system call. Others leave at once, since
/// their number may be another's a moment later.
class EpollSet {
 public:
  EpollSet();

  [[nodiscard]] int fd() const noexcept { return epoll_.get(); }

  /// `events` are EPOLLIN and EPOLLOUT; it replaces what was asked for before.
  void watch(int fd, std::uint32_t events);
  void unwatch(int fd);
  /// A descriptor of this number was just made.
  void opened(int fd);
  /// And closed.
  void closed(int fd) noexcept;
  void settle();

  /// Those that are ready now, level-triggered, some of them if they are many; until the next call.
  std::span<const epoll_event> ready();
  /// Whether the last ready() returned all of them.
  [[nodiscard]] bool were_all() const noexcept { return were_all_; }

 private:
  /// What the kernel knows of each descriptor.
  struct Watch {
    std::uint32_t events = 0;  ///< 0: it is not in the set
    bool is_known = false;     ///< by opened()
    bool is_leaving = false;
  };

  Watch& watch_of(int fd);
  void remove(int fd, Watch& watched) const;

  UniqueFd epoll_;
  std::vector<Watch> watches_;  ///< by descriptor
  std::vector<int> leaving_;
  std::array<epoll_event, 64> events_{};
  bool were_all_ = true;
};

}  // namespace mscomm
