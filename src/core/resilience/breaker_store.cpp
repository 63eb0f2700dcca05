#include "core/resilience/breaker_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include "core/resilience/breaker_json.h"
#include "core/runtime/environment.h"
#include "core/runtime/error.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLockPatience = 50ms;
constexpr Duration kFirstLockPause = 200us;
constexpr Duration kLongestPause = 2ms;
constexpr auto kKeptUnused = std::chrono::days(7);
constexpr int kMostCollisions = 8;
constexpr std::size_t kLargestFile = 16384;
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

/// The folder, opened and checked: its files are found even if it is moved.
class Folder {
 public:
  explicit Folder(const std::string& path) : path_(path) {
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

  /// Opens an existing file, or creates it with O_CREAT; nothing when it does not exist.
  [[nodiscard]] UniqueFd open(const std::string& name, int flags) const {
    UniqueFd fd(openat(fd_.get(), name.c_str(), flags | kSafely, 0600));
    if (fd) {
      checked_status(fd.get(), path_of(name), S_IFREG);
    } else if (errno != ENOENT) {
      throw system_failure("use", path_of(name));
    }
    return fd;
  }

  [[nodiscard]] UniqueFd lock(const std::string& name, const Deadline& deadline) const {
    const SystemClock clock;
    auto fd = open(name + ".lock", O_RDWR | O_CREAT);
    for (auto pause = kFirstLockPause; flock(fd.get(), LOCK_EX | LOCK_NB) != 0;
         pause = std::min(2 * pause, kLongestPause)) {
      if (errno != EWOULDBLOCK && errno != EINTR) {
        throw system_failure("lock", path_of(name + ".lock"));
      }
      if (deadline.passed(clock.now())) {
        throw failure("lock", path_of(name + ".lock"), "another process holds it");
      }
      std::this_thread::sleep_for(pause);
    }
    return fd;
  }

  /// Nothing when the file does not exist; an empty text when it is too large to be valid.
  [[nodiscard]] std::optional<std::string> read(const std::string& name) const {
    const auto fd = open(name, O_RDONLY);
    if (!fd) {
      return std::nullopt;
    }
    std::string content(kLargestFile, '\0');
    const auto got = ::read(fd.get(), content.data(), content.size());
    if (got < 0) {
      throw system_failure("read", path_of(name));
    }
    content.resize(got < static_cast<ssize_t>(kLargestFile) ? static_cast<std::size_t>(got) : 0);
    return content;
  }

  /// Readers see either the old or the new content. Not synchronised with the disk: after a power
  /// cut the last results may be lost, which is harmless.
  void write(const std::string& name, const std::string& content) const {
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

  void rename(const std::string& from, const std::string& to) const {
    if (renameat(fd_.get(), from.c_str(), fd_.get(), to.c_str()) != 0) {
      throw system_failure("replace", path_of(to));
    }
  }

  void remove(const std::string& name) const { unlinkat(fd_.get(), name.c_str(), 0); }

  [[nodiscard]] bool is_unused(const std::string& name, WallTime now) const {
    struct stat status {};
    return fstatat(fd_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           std::chrono::system_clock::from_time_t(status.st_mtime) < now - kKeptUnused;
  }

  /// The names with this ending, without the ending.
  [[nodiscard]] std::vector<std::string> names(const std::string& ending) const {
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

 private:
  [[nodiscard]] std::string path_of(const std::string& name) const { return path_ + "/" + name; }

  std::string path_;
  UniqueFd fd_;
};

// Call under the lock.
BreakerState load(const Folder& folder, const std::string& name, const std::string& key) {
  if (const auto text = folder.read(name + ".cb")) {
    if (auto state = parse_breaker_state(*text)) {
      return *state;
    }
    folder.rename(name + ".cb", name + ".bad");
  }
  BreakerState fresh;
  fresh.key = key;
  return fresh;
}

// FNV-1a, 64 bits.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return hash;
}

}  // namespace

std::string breaker_file_name(std::string_view key, int collision) {
  constexpr std::size_t kLongestSlug = 40;
  std::string slug;
  for (const char c : key.substr(0, kLongestSlug)) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || (c == '.' && !slug.empty());
    if (is_plain || (!slug.empty() && slug.back() != '-')) {
      slug += is_plain ? c : '-';
    }
  }
  const auto name = fmt::format("{}-{:016x}", slug, hash_of(key));
  return collision == 0 ? name : fmt::format("{}-{}", name, collision);
}

BreakerStore BreakerStore::open(const Environment& environment, const Log& log) {
  std::string why = "neither HOME nor XDG_STATE_HOME nor XDG_RUNTIME_DIR is set";
  for (const auto& parent : {environment.state_folder(), environment.runtime_folder()}) {
    if (parent.empty()) {
      continue;
    }
    auto path = parent + "/breaker";
    try {
      const Folder folder(path);
      if (access(path.c_str(), W_OK) == 0) {
        return BreakerStore(std::move(path));
      }
      why = system_failure("write to", path).what();
    } catch (const Error& error) {
      why = error.what();
    }
  }
  log.warning("the circuit breaker forgets everything at the end of this command: {}", why);
  return BreakerStore({});
}

void BreakerStore::update(const std::string& key, const Change& change) const {
  const auto deadline = Deadline::in(SystemClock(), kLockPatience);
  const Folder folder(folder_);
  for (int collision = 0; collision < kMostCollisions; ++collision) {
    const auto name = breaker_file_name(key, collision);
    const auto lock = folder.lock(name, deadline);
    auto state = load(folder, name, key);
    if (state.key != key) {
      continue;
    }
    const auto before = state;
    change(state);
    if (state != before) {
      folder.write(name + ".cb", breaker_state_text(state));
    }
    return;
  }
  throw failure("keep", key, "too many circuits have the same hash");
}

std::optional<BreakerState> BreakerStore::peek(const std::string& key) const {
  try {
    const Folder folder(folder_);
    for (int collision = 0; collision < kMostCollisions; ++collision) {
      const auto text = folder.read(breaker_file_name(key, collision) + ".cb");
      auto state = text ? parse_breaker_state(*text) : std::nullopt;
      if (!state || state->key == key) {
        return state;
      }
    }
  } catch (const Error&) {
    // The state is unknown.
  }
  return std::nullopt;
}

std::vector<BreakerState> BreakerStore::all() const {
  std::vector<BreakerState> states;
  const Folder folder(folder_);
  for (const auto& name : folder.names(".cb")) {
    try {
      if (auto state = parse_breaker_state(folder.read(name + ".cb").value_or(""))) {
        states.push_back(std::move(*state));
      }
    } catch (const Error&) {  // update() cannot use such a file either
      continue;
    }
  }
  std::ranges::sort(states, {}, &BreakerState::key);
  return states;
}

void BreakerStore::collect_garbage(WallTime now) const {
  const Folder folder(folder_);
  const Deadline no_patience{TimePoint()};
  for (const auto& name : folder.names(".cb")) {
    if (!folder.is_unused(name + ".cb", now)) {
      continue;
    }
    const auto lock = folder.lock(name, no_patience);
    const auto state = parse_breaker_state(folder.read(name + ".cb").value_or(""));
    if (folder.is_unused(name + ".cb", now) && !(state && is_by_hand(state->state))) {
      folder.remove(name + ".cb");
    }
  }
}

}  // namespace mscomm
