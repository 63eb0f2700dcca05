#include "core/output/writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/runtime/error.h"
#include "core/runtime/poll.h"

namespace mscomm {
namespace {

// Memory kept for later records; a record of a hundred megabytes gives its memory back.
constexpr std::size_t kKeptCapacity = std::size_t{1} << 20U;

// A POLLOUT on a Linux pipe promises one free slot: a page.
constexpr std::size_t kPromisedByPoll = 4096;

// A second open file description of the same pipe or terminal: O_NONBLOCK belongs to the
// description, so on `fd` itself it would surprise every process that shares it.
UniqueFd open_twin(int fd) {
  const auto path = fmt::format("/proc/self/fd/{}", fd);
  return UniqueFd(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

}  // namespace

Writer::Writer(int fd, std::string name, const StopSignal& stop)
    : name_(std::move(name)), stop_(stop), fd_(fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) {
    return;  // the first write reports the error
  }
  if (S_ISSOCK(status.st_mode)) {
    way_ = Way::send;
  } else if (S_ISFIFO(status.st_mode) || (S_ISCHR(status.st_mode) && isatty(fd) == 1)) {
    // Fails when /proc is not mounted, the pipe belongs to another user, or its reader is already
    // gone.
    if (auto twin = open_twin(fd)) {
      owned_ = std::move(twin);
      fd_ = owned_.get();
    } else {
      way_ = Way::write_when_polled;
    }
  }
}

Writer::Writer(UniqueFd file, std::string name, const StopSignal& stop)
    : Writer(file.get(), std::move(name), stop) {
  if (!owned_) {
    owned_ = std::move(file);
  }
}

void Writer::flush() {
  while (!try_flush()) {
    wait_or_throw(fd_, POLLOUT, Deadline(), stop_);
  }
}

bool Writer::pace_by_reader() {
  struct stat status {};
  const auto one_slot = static_cast<int>(sysconf(_SC_PAGESIZE));
  return one_slot > 0 && fstat(fd_, &status) == 0 && S_ISFIFO(status.st_mode) &&
         fcntl(fd_, F_SETPIPE_SZ, one_slot) == one_slot;
}

bool Writer::try_flush() {
  while (written_ < buffer_.size()) {
    const auto sent = write_some();
    if (sent > 0) {
      written_ += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN || errno == EINTR) {
      forget_written();
      return false;
    } else if (errno == EPIPE) {
      throw ReaderGone();
    } else {
      throw Error(Exit::io, fmt::format("cannot write to {}: {}", name_, std::strerror(errno)));
    }
  }
  buffer_.clear();
  written_ = 0;
  if (buffer_.capacity() > kKeptCapacity) {
    std::string().swap(buffer_);
  }
  return true;
}

// As write(2): the number of bytes written, or -1 with errno, EAGAIN for "would block".
std::ptrdiff_t Writer::write_some() {
  const char* data = buffer_.data() + written_;
  const auto size = buffer_.size() - written_;
  switch (way_) {
    case Way::send:
      return send(fd_, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    case Way::write_when_polled:
      if (!is_ready(fd_, POLLOUT)) {
        errno = EAGAIN;
        return -1;
      }
      return write(fd_, data, std::min(size, kPromisedByPoll));
    case Way::write:
      break;
  }
  return write(fd_, data, size);
}

// With a slow reader that never quite catches up, the written front would grow without limit.
// Moving the rest only when it is the smaller half copies each byte at most once.
void Writer::forget_written() {
  if (written_ >= kKeptCapacity && written_ >= buffer_.size() / 2) {
    buffer_.erase(0, written_);
    written_ = 0;
  }
}

}  // namespace mscomm
