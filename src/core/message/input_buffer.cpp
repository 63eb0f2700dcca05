#include "core/message/input_buffer.h"

#include <fmt/format.h>
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

// Twice the capacity of a pipe: one read empties it.
constexpr std::size_t kChunk = std::size_t{128} << 10U;

// Bounds one call, so that the caller can serve heartbeats and stop signals.
constexpr std::size_t kLargestRead = std::size_t{1} << 20U;

}  // namespace

InputBuffer::InputBuffer(int fd, std::string name) : fd_(fd), name_(std::move(name)) {
  struct stat status {};
  // An invalid descriptor counts as ready too: read(2) reports the error.
  always_ready_ = fstat(fd, &status) != 0 || S_ISREG(status.st_mode);
  const auto begin = S_ISREG(status.st_mode) ? lseek(fd, 0, SEEK_CUR) : -1;
  if (begin >= 0 && status.st_size > begin) {
    total_ = static_cast<std::uint64_t>(status.st_size - begin);
  }
}

std::optional<double> InputBuffer::progress() const {
  if (total_ == 0) {
    return std::nullopt;
  }
  return std::min(1.0, static_cast<double>(read_ - (end_ - begin_)) / static_cast<double>(total_));
}

InputBuffer::Fill InputBuffer::fill() {
  if (ended_) {
    return Fill::end;  // reading on would ask a terminal for a second Ctrl-D
  }
  if (!always_ready_ && !is_ready(fd_, POLLIN)) {
    return Fill::block;
  }
  make_room();
  const auto got = read(fd_, data_.get() + end_, std::min(capacity_ - end_, kLargestRead));
  if (got > 0) {
    end_ += static_cast<std::size_t>(got);
    read_ += static_cast<std::uint64_t>(got);
    return Fill::more;
  }
  if (got == 0) {
    ended_ = true;
    return Fill::end;
  }
  if (errno == EAGAIN || errno == EINTR) {
    return Fill::block;
  }
  throw Error(Exit::io, fmt::format("cannot read {}: {}", name_, std::strerror(errno)));
}

// Makes room for at least one chunk. Unread bytes move to the front, so that memory depends on the
// longest piece, not on the input; doubling keeps the cost of long pieces linear.
void InputBuffer::make_room() {
  if (capacity_ - end_ >= kChunk) {
    return;
  }
  const auto left = end_ - begin_;
  if (left + kChunk <= capacity_ && left <= capacity_ / 2) {
    std::memmove(data_.get(), data_.get() + begin_, left);
  } else {
    const auto capacity = std::max(2 * capacity_, 2 * kChunk);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (left > 0) {
      std::memcpy(larger.get(), data_.get() + begin_, left);
    }
    data_ = std::move(larger);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = left;
}

}  // namespace mscomm
