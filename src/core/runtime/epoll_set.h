#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace mscomm {

/// Descriptors of which poll(2) sees one: `fd()` is readable when any of them is ready. What waits
/// for it costs the same for ten and for ten thousand.
///
/// A descriptor that is unwatched leaves with the next settle(), which must come before `fd()` is
/// waited for: one that is watched again until then, as a pooled connection is for its next
/// request, costs one system call instead of two.
class EpollSet {
 public:
  EpollSet();
  EpollSet(const EpollSet&) = delete;
  EpollSet& operator=(const EpollSet&) = delete;
  ~EpollSet();

  [[nodiscard]] int fd() const noexcept { return epoll_; }

  /// `events` are EPOLLIN and EPOLLOUT; it replaces what was asked for before.
  void watch(int fd, std::uint32_t events);
  /// Also for one that is closed already, or soon will be.
  void unwatch(int fd);
  void settle();

  /// Those that are ready now, level-triggered, some of them if they are many; until the next call.
  std::span<const epoll_event> ready();

 private:
  int epoll_;
  std::vector<int> leaving_;
  std::array<epoll_event, 64> events_{};
};

}  // namespace mscomm
