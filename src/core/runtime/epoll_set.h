#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/runtime/files.h"

namespace mscomm {

/// Many descriptors behind one for poll(2): `fd()` is readable when any of them is ready. Waiting
/// costs the same for ten and for ten thousand.
///
/// A descriptor known through opened() and closed() that is unwatched leaves the set only at the
/// next settle(), which must come before waiting for `fd()`. Watching it again before that costs no
/// system call: so a pooled connection goes from one request to the next. Other descriptors leave
/// at once, since their number may be reused a moment later.
class EpollSet {
 public:
  EpollSet();

  [[nodiscard]] int fd() const noexcept { return epoll_.get(); }

  /// `events` are EPOLLIN and EPOLLOUT; they replace those of an earlier call.
  void watch(int fd, std::uint32_t events);
  void unwatch(int fd);
  /// Call when a descriptor was opened.
  void opened(int fd);
  /// Call when a descriptor was closed.
  void closed(int fd) noexcept;
  void settle();

  /// The descriptors ready now, level-triggered; if there are many, some of them. Valid until the
  /// next call.
  std::span<const epoll_event> ready();
  /// Whether the last ready() returned all of them.
  [[nodiscard]] bool were_all() const noexcept { return were_all_; }

 private:
  /// The state of each descriptor in the kernel's set.
  struct Watch {
    std::uint32_t events = 0;  ///< 0: not in the set
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
