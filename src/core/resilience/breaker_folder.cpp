#include "core/resilience/breaker_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>
#include <thread>

#include "core/runtime/random_id.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

constexpr Duration kFirstLockPause = 200us;
constexpr Duration kLongestPause = 2ms;
constexpr auto kKeptUnused = std::chrono::days(7);
constexpr std::size_t kLargestState = 16384;
// As many calls as a state counts; more are left only if nobody takes them.
constexpr std::size_t kMostLeft = 1000;
// O_NONBLOCK: a named pipe in place of a file must not block.
constexpr int kSafely = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

Error failure(std::string_view what, const std::string& name, std::string_view why) {
  return {Exit::io, fmt::format("cannot {} '{}': {}", what, name, why)};
}

Error system_failure(std::string_view what, const std::string& name) {
  return failure(what, name, errno == ELOOP ? "it is a symbolic link" : std::strerror(errno));
}

struct stat checked_status(int fd, const std::string& name, mode_t kind) {
  struct stat status {};
  if (fstat(fd, &status) != 0) {
    throw system_failure("use", name);
  }
  if (status.st_uid != geteuid()) {
    throw failure("use", name, "it belongs to another user");
  }
  if ((status.st_mode & S_IFMT) != kind) {
    throw failure("use", name, kind == S_IFDIR ? "it is no folder" : "it is no regular file");
  }
  return status;
}

// Private to the user, as the XDG Base Directory Specification asks.
void create_folders(const std::string& path) {
  for (auto end = path.find('/', 1);; end = path.find('/', end + 1)) {
    mkdir(path.substr(0, end).c_str(), 0700);  // opening the last folder reports a failure
    if (end == std::string::npos) {
      return;
    }
  }
}

// The names in an open folder, in alphabetical order.
std::vector<std::string> names_in(int folder) {
  std::vector<std::string> names;
  const auto close = [](DIR* open) { closedir(open); };
  const std::unique_ptr<DIR, decltype(close)> entries(fdopendir(fcntl(folder, F_DUPFD_CLOEXEC, 0)));
  while (const auto* const entry = entries ? readdir(entries.get()) : nullptr) {
    const std::string_view name(entry->d_name);
    if (name != "." && name != "..") {
      names.emplace_back(name);
    }
  }
  std::ranges::sort(names);
  return names;
}

// The text of a link; empty for anything else.
std::string link_text(int folder, const std::string& name) {
  std::string text(PATH_MAX, '\0');
  const auto size = readlinkat(folder, name.c_str(), text.data(), text.size());
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return text;
}

}  // namespace

BreakerFolder::BreakerFolder(const std::string& path) : path_(path) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | kSafely;
  fd_ = UniqueFd(::open(path.c_str(), kFlags));
  if (!fd_ && errno == ENOENT) {
    create_folders(path);
    fd_ = UniqueFd(::open(path.c_str(), kFlags));
  }
  if (!fd_) {
    throw system_failure("use", path);
  }
  const auto status = checked_status(fd_.get(), path, S_IFDIR);
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0 && fchmod(fd_.get(), 0700) != 0) {
    throw system_failure("close to others", path);
  }
}

// Opens an existing file, or creates it with O_CREAT; nothing when it does not exist.
UniqueFd BreakerFolder::open(const std::string& name, int flags, mode_t kind) const {
  UniqueFd fd(openat(fd_.get(), name.c_str(), flags | kSafely, 0600));
  if (fd) {
    checked_status(fd.get(), path_of(name), kind);
  } else if (errno != ENOENT) {
    throw system_failure("use", path_of(name));
  }
  return fd;
}

UniqueFd BreakerFolder::try_lock(const std::string& name) const {
  return lock(name, Deadline{TimePoint()});
}

UniqueFd BreakerFolder::lock(const std::string& name, const Deadline& deadline) const {
  const SystemClock clock;
  auto fd = open(name + ".lock", O_RDWR | O_CREAT);
  for (auto pause = kFirstLockPause; flock(fd.get(), LOCK_EX | LOCK_NB) != 0;
       pause = std::min(2 * pause, kLongestPause)) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      throw system_failure("lock", path_of(name + ".lock"));
    }
    if (deadline.passed(clock.now())) {
      return {};
    }
    std::this_thread::sleep_for(pause);
  }
  return fd;
}

std::optional<std::string> BreakerFolder::read(const std::string& name) const {
  const auto fd = open(name, O_RDONLY);
  if (!fd) {
    return std::nullopt;
  }
  std::string content(kLargestState, '\0');
  const auto got = ::read(fd.get(), content.data(), content.size());
  if (got < 0) {
    throw system_failure("read", path_of(name));
  }
  content.resize(got < static_cast<ssize_t>(kLargestState) ? static_cast<std::size_t>(got) : 0);
  return content;
}

void BreakerFolder::write(const std::string& name, const std::string& content) const {
  const auto temporary = name + ".tmp";
  remove(temporary);  // left by a killed process; the lock keeps others away
  const auto fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL);
  errno = ENOSPC;  // the meaning of a short write
  if (::write(fd.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
    const auto error = system_failure("write", path_of(temporary));
    remove(temporary);
    throw Error(error);
  }
  rename(temporary, name);
}

void BreakerFolder::rename(const std::string& from, const std::string& to) const {
  if (renameat(fd_.get(), from.c_str(), fd_.get(), to.c_str()) != 0) {
    throw system_failure("replace", path_of(to));
  }
}

void BreakerFolder::remove(const std::string& name) const { unlinkat(fd_.get(), name.c_str(), 0); }

UniqueFd BreakerFolder::open_folder(const std::string& name) const {
  return open(name, O_RDONLY | O_DIRECTORY, S_IFDIR);
}

void BreakerFolder::leave(const std::string& name, const std::string& text) const {
  constexpr int kMostTries = 100;
  const auto time = SystemClock().wall().time_since_epoch().count();
  for (int i = 0; i < kMostTries; ++i) {
    const auto folder = open_folder(name);
    if (folder && i == 0 && names_in(folder.get()).size() >= kMostLeft) {
      throw failure("write", path_of(name), "nobody has counted the calls in it");
    }
    const auto link = fmt::format("{:020}-{:016x}", time, random_bits());
    if (folder && symlinkat(text.c_str(), folder.get(), link.c_str()) == 0) {
      return;
    }
    // There is no folder, or a take() has removed it.
    if ((folder && errno != ENOENT && errno != EEXIST) ||
        (mkdirat(fd_.get(), name.c_str(), 0700) != 0 && errno != EEXIST)) {
      break;
    }
  }
  throw system_failure("write", path_of(name));
}

std::vector<std::string> BreakerFolder::look(const std::string& name) const {
  std::vector<std::string> texts;
  if (const auto folder = open_folder(name)) {
    for (const auto& each : names_in(folder.get())) {
      texts.push_back(link_text(folder.get(), each));
    }
  }
  return texts;
}

std::vector<std::string> BreakerFolder::take(const std::string& name) const {
  std::vector<std::string> texts;
  if (const auto folder = open_folder(name)) {
    for (const auto& each : names_in(folder.get())) {
      texts.push_back(link_text(folder.get(), each));
      unlinkat(folder.get(), each.c_str(), 0);
    }
    unlinkat(fd_.get(), name.c_str(), AT_REMOVEDIR);  // unless more was left meanwhile
  }
  return texts;
}

bool BreakerFolder::has(const std::string& name) const {
  struct stat status {};
  return fstatat(fd_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

bool BreakerFolder::is_unused(const std::string& name, WallTime now) const {
  struct stat status {};
  return fstatat(fd_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         std::chrono::system_clock::from_time_t(status.st_mtime) < now - kKeptUnused;
}

std::vector<std::string> BreakerFolder::names(const std::string& ending) const {
  std::vector<std::string> found;
  std::error_code error;
  std::filesystem::directory_iterator entry(path_, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ending) {
      found.push_back(entry->path().stem());
    }
  }
  if (error) {
    throw failure("read", path_, error.message());
  }
  return found;
}

}  // namespace mscomm
