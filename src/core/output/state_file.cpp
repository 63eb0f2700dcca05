#include "core/output/state_file.h"

#include <fcntl.h>
#include <fmt/format.h>
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

std::string_view hint_for(int reason) {
  switch (reason) {
    case EACCES:
    case EROFS:
      return "it must be writable, and as it is replaced as a whole, its folder, too";
    case EBUSY:
      return "it is mounted by itself, so it cannot be replaced: mount its folder instead";
    default:
      return {};
  }
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
  if (!lock_alone(file_.get())) {
    refuse_second();
  }
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
      hidden_beside(path_, creates ? fmt::format(".{}.part", getpid()) : ".part");
  unlink(unfinished.c_str());
  UniqueFd next(open(unfinished.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!next) {
    fail("write", errno);
  }
  // Locked before it gets the name, so that the name is always that of a locked file.
  const bool written = try_write_all(next.get(), content) && (creates || take_over(next.get())) &&
                       lock_alone(next.get()) &&
                       (creates ? rename_to_free_name(AT_FDCWD, unfinished, path_)
                                : std::rename(unfinished.c_str(), path_.c_str()) == 0);
  if (!written) {
    const auto reason = errno;
    unlink(unfinished.c_str());
    if (creates && reason == EEXIST) {
      refuse_second();
    }
    fail("write", reason);
  }
  file_ = std::move(next);
}

// Only root can leave a file to another user; one of anybody else becomes theirs.
bool StateFile::take_over(int next) const {
  struct stat before {};
  return fstat(file_.get(), &before) == 0 &&
         (pass_on_owner(before, next) || fchmod(next, before.st_mode & 07777U) == 0);
}

void StateFile::fail(const char* verb, int reason) const {
  throw Error(Exit::io, fmt::format("cannot {} '{}': {}", verb, shown_, std::strerror(reason)),
              std::string(hint_for(reason)));
}

void StateFile::refuse_second() const {
  throw Error(Exit::usage, fmt::format("another process uses '{}'", shown_),
              "wait for its end, or give each a file of its own");
}

}  // namespace mscomm
