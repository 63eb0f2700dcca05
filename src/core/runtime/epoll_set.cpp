#include "core/runtime/epoll_set.h"

#include <cerrno>
#include <system_error>

namespace mscomm {

EpollSet::EpollSet() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) {
    throw std::system_error(errno, std::generic_category(), "epoll_create1");
  }
}

EpollSet::Watch& EpollSet::watch_of(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= watches_.size()) {
    watches_.resize(index + 1);
  }
  return watches_[index];
}

void EpollSet::watch(int fd, std::uint32_t events) {
  auto& watched = watch_of(fd);
  watched.is_leaving = false;
  if (watched.events == events) {
    return;
  }
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (epoll_ctl(epoll_.get(), watched.events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) !=
      0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
  watched.events = events;
}

void EpollSet::unwatch(int fd) {
  auto& watched = watch_of(fd);
  if (watched.is_known) {
    watched.is_leaving = true;
    leaving_.push_back(fd);
  } else {
    remove(fd, watched);
  }
}

void EpollSet::opened(int fd) { watch_of(fd) = {.is_known = true}; }

void EpollSet::closed(int fd) noexcept {
  if (static_cast<std::size_t>(fd) < watches_.size()) {
    watches_[static_cast<std::size_t>(fd)] = {};
  }
}

void EpollSet::settle() {
  for (const int fd : leaving_) {
    if (auto& watched = watch_of(fd); watched.is_leaving) {
      remove(fd, watched);
    }
  }
  leaving_.clear();
}

void EpollSet::remove(int fd, Watch& watched) const {
  if (watched.events != 0) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);  // fails when closed: already gone
  }
  watched.events = 0;
  watched.is_leaving = false;
}

std::span<const epoll_event> EpollSet::ready() {
  const int count = epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), 0);
  const auto ready = count > 0 ? static_cast<std::size_t>(count) : 0;
  were_all_ = ready < events_.size();
  return std::span(events_).first(ready);
}

}  // namespace mscomm
