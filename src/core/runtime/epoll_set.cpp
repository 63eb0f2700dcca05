#include "core/runtime/epoll_set.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace mscomm {

EpollSet::EpollSet() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_create1");
  }
}

EpollSet::~EpollSet() { close(epoll_); }

void EpollSet::watch(int fd, std::uint32_t events) {
  leaving_.erase(std::remove(leaving_.begin(), leaving_.end(), fd), leaving_.end());
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  // The number may be that of a closed descriptor, which the kernel has forgotten.
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event) != 0 &&
      (errno != ENOENT || epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0)) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void EpollSet::unwatch(int fd) { leaving_.push_back(fd); }

void EpollSet::settle() {
  for (const int fd : leaving_) {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  }
  leaving_.clear();
}

std::span<const epoll_event> EpollSet::ready() {
  const int count = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), 0);
  return std::span(events_).first(count > 0 ? static_cast<std::size_t>(count) : 0);
}

}  // namespace mscomm
