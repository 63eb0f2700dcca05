#include "core/runtime/input_file.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

#include "core/runtime/duration.h"
#include "core/runtime/files.h"
#include "core/runtime/poll.h"

namespace mscomm {
namespace {

/// Reads from a descriptor that may be a pipe, bounded in bytes and in time.
class Input {
 public:
  Input(int fd, std::string name, const InputLimit& limit, std::optional<Duration> silence)
      : fd_(fd), name_(std::move(name)), silence_(silence) {
    struct stat status {};
    is_regular_ = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    most_ = is_regular_ ? limit.file : limit.pipe;
    if (is_regular_) {
      size_ = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
    }
  }

  /// Up to the end of the input, or up to the first of `ends`.
  std::string read_up_to(std::string_view ends, const Patience& patience) try {
    if (size_ > most_) {
      refuse_size();
    }
    std::string content;
    content.reserve(size_);
    std::array<char, 65536> chunk{};
    for (;;) {
      await(patience);
      const auto got = read(fd_, chunk.data(), chunk.size());
      if (got == 0) {
        return content;
      }
      if (got < 0) {
        if (errno == EINTR || errno == EAGAIN) {
          continue;
        }
        throw Error(Exit::io, fmt::format("cannot read {}: {}", name_, std::strerror(errno)));
      }
      const std::string_view piece(chunk.data(), static_cast<std::size_t>(got));
      const auto end = piece.find_first_of(ends);
      content += piece.substr(0, end);
      if (end != std::string_view::npos) {
        return content;
      }
      if (content.size() > most_) {
        refuse_size();
      }
    }
  } catch (const std::bad_alloc&) {
    throw Error(Exit::io, fmt::format("cannot read {}: it does not fit into memory", name_));
  }

 private:
  void await(const Patience& patience) const {
    const SystemClock clock;
    const auto until = patience.deadline.min(Deadline::in(clock, silence_));
    const bool has_bytes = wait_or_throw(fd_, POLLIN, until, patience.stop);
    if (patience.deadline.passed(clock.now())) {
      throw Error(Exit::timeout, fmt::format("timed out while reading {}", name_));
    }
    if (!has_bytes) {
      throw silent_input(name_);
    }
  }

  [[noreturn]] void refuse_size() const {
    throw Error(Exit::usage, fmt::format("{} is too large: more than {} MiB", name_, most_ >> 20U),
                is_regular_ ? "" : "is it without end? A regular file is read up to its size");
  }

  int fd_;
  std::string name_;
  std::optional<Duration> silence_;
  bool is_regular_ = false;
  std::size_t most_ = 0;
  std::size_t size_ = 0;
};

std::string quoted(const std::string& path) { return '\'' + path + '\''; }

void refuse_if_readable_by_others(int fd, const std::string& path) {
  struct stat status {};
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
      (status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    throw Error(Exit::usage, fmt::format("'{}' holds a secret and is readable by others", path),
                fmt::format("chmod 600 {}", path));
  }
}

}  // namespace

Error silent_input(const std::string& name) {
  return Error(Exit::timeout,
               fmt::format("timed out while reading {}: nothing came for {}", name,
                           format_duration(kInputSilence)),
               "does anybody write to it?");
}

std::string read_input(const std::string& path, const InputLimit& limit, const Patience& patience) {
  const auto file = open_for_reading(path);
  return Input(file.get(), quoted(path), limit, kInputSilence).read_up_to({}, patience);
}

std::string read_stdin(const InputLimit& limit, const Patience& patience) {
  return Input(STDIN_FILENO, "stdin", limit, std::nullopt).read_up_to({}, patience);
}

std::string read_secret(const std::string& path, const Patience& patience) {
  const auto file = open_for_reading(path);
  refuse_if_readable_by_others(file.get(), path);
  auto line =
      Input(file.get(), quoted(path), kSecretLimit, kInputSilence).read_up_to("\r\n", patience);
  if (line.empty()) {
    throw Error(Exit::usage, fmt::format("'{}' holds no secret: its first line is empty", path));
  }
  return line;
}

std::string name_for_library(const std::string& path, const Patience& patience) {
  const auto file = open_for_reading(path);
  struct stat status {};
  if (fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode)) {
    return path;
  }
  const auto content =
      Input(file.get(), quoted(path), kDocumentLimit, kInputSilence).read_up_to({}, patience);
  UniqueFd copy(memfd_create("mscomm", MFD_CLOEXEC));
  if (!copy) {
    throw Error(Exit::io, fmt::format("cannot copy '{}': {}", path, std::strerror(errno)));
  }
  write_all(copy.get(), content, fmt::format("a copy of '{}'", path));
  return fmt::format("/proc/self/fd/{}", copy.release());
}

std::function<std::string(const std::string& path)> document_reader(const Patience& patience) {
  return [patience](const std::string& path) { return read_input(path, kDocumentLimit, patience); };
}

}  // namespace mscomm
