#include "core/output/state_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "core/output/output_file.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

constexpr off_t kLargestState = off_t{64} << 20U;

std::string beside(const std::string& path, std::string_view suffix) {
  constexpr std::size_t kLongestName = 200;  // leaves room for the suffix within NAME_MAX
  const auto name = path.find_last_of('/') + 1;
  return fmt::format("{}.{}{}", path.substr(0, name), path.substr(name, kLongestName), suffix);
}

// On a file system without locks, a file in use goes unnoticed.
bool is_held_elsewhere(int fd) { return flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; }

bool write_whole(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = write(fd, bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

// Not every file system has RENAME_NOREPLACE.
bool move_to_free_name(const char* from, const char* to) {
  return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ||
         ((errno == EINVAL || errno == ENOSYS) && std::rename(from, to) == 0);
}

}  // namespace

StateFile::StateFile(const std::string& path) : shown_(path), path_(real_path(path)) {
  while (!open_locked()) {
  }
  if (file_) {
    read();
  }
}

// A replaced file is another file: what was opened may have lost its name before it was locked.
// True when that did not happen, or when there is no file.
bool StateFile::open_locked() {
  // O_NONBLOCK: a named pipe must not block.
  file_ = UniqueFd(open(path_.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file_ && errno != ENOENT) {
    fail("use", errno);
  }
  if (!file_) {
    return true;
  }
  struct stat ours {};
  if (fstat(file_.get(), &ours) != 0 || !S_ISREG(ours.st_mode)) {
    throw Error(Exit::usage, fmt::format("'{}' is not a regular file", shown_));
  }
  if (is_held_elsewhere(file_.get())) {
    refuse_second();
  }
  mode_ = ours.st_mode & 07777U;
  struct stat named {};
  return stat(path_.c_str(), &named) == 0 && named.st_ino == ours.st_ino &&
         named.st_dev == ours.st_dev;
}

void StateFile::read() {
  struct stat status {};
  if (fstat(file_.get(), &status) != 0) {
    fail("read", errno);
  }
  if (status.st_size > kLargestState) {
    throw Error(Exit::usage, fmt::format("'{}' is too large to be what is kept there", shown_));
  }
  std::string content(static_cast<std::size_t>(status.st_size), '\0');
  const auto got = pread(file_.get(), content.data(), content.size(), 0);
  if (got < 0) {
    fail("read", errno);
  }
  content.resize(static_cast<std::size_t>(got));
  content_ = std::move(content);
}

void StateFile::replace(std::string_view content) {
  const bool creates = !file_;
  // With the lock nobody else uses the name, and a killed process leaves at most one such file.
  const auto unfinished =
      creates ? beside(path_, fmt::format(".{}.part", getpid())) : beside(path_, ".part");
  unlink(unfinished.c_str());
  UniqueFd next(open(unfinished.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!next) {
    fail("write", errno);
  }
  // Locked before it gets the name, so that the name is always that of a locked file.
  const bool written = write_whole(next.get(), content) &&
                       (creates || fchmod(next.get(), mode_) == 0) &&
                       !is_held_elsewhere(next.get()) &&
                       (creates ? move_to_free_name(unfinished.c_str(), path_.c_str())
                                : std::rename(unfinished.c_str(), path_.c_str()) == 0);
  if (!written) {
    const auto reason = errno;
    unlink(unfinished.c_str());
    if (creates && reason == EEXIST) {
      refuse_second();
    }
    fail("write", reason);
  }
  if (creates) {
    struct stat status {};
    mode_ = fstat(next.get(), &status) == 0 ? status.st_mode & 07777U : 0600;
  }
  file_ = std::move(next);
}

void StateFile::fail(const char* verb, int reason) const {
  throw Error(Exit::io, fmt::format("cannot {} '{}': {}", verb, shown_, std::strerror(reason)),
              reason == EACCES || reason == EROFS
                  ? "it is replaced as a whole: its folder must be writable, too"
                  : "");
}

void StateFile::refuse_second() const {
  throw Error(Exit::usage, fmt::format("another process uses '{}'", shown_),
              "wait for its end, or give each a file of its own");
}

}  // namespace mscomm
