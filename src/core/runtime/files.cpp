#include "core/runtime/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "core/runtime/error.h"

namespace mscomm {
namespace {

UniqueFd open_or_throw(const std::string& path, int flags, const char* purpose) {
  UniqueFd fd(open(path.c_str(), flags | O_CLOEXEC, 0666));
  if (!fd) {
    throw Error(Exit::io, fmt::format("cannot {} '{}': {}", purpose, path, std::strerror(errno)));
  }
  return fd;
}

// The descriptor that these names mean, as gawk(1) and bash(1) understand them.
std::optional<int> descriptor_number(std::string_view path) {
  if (path == "/dev/stdout") {
    return STDOUT_FILENO;
  }
  if (path == "/dev/stderr") {
    return STDERR_FILENO;
  }
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) {
      continue;
    }
    const auto digits = path.substr(folder.size());
    int number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc() && end == digits.data() + digits.size() && number >= 0) {
      return number;
    }
  }
  return std::nullopt;
}

std::string read_all(int fd, const std::string& path) {
  constexpr std::size_t kMost = std::size_t{64} << 20U;
  std::string content;
  std::array<char, 65536> chunk{};
  for (;;) {
    const auto got = read(fd, chunk.data(), chunk.size());
    if (got == 0) {
      return content;
    }
    if (got > 0) {
      content.append(chunk.data(), static_cast<std::size_t>(got));
      if (content.size() > kMost) {
        throw Error(Exit::io, fmt::format("cannot read '{}': it is larger than 64 MiB", path));
      }
    } else if (errno != EINTR) {
      throw Error(Exit::io, fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
    }
  }
}

}  // namespace

void UniqueFd::reset() noexcept {
  if (fd_ >= 0) {
    close(std::exchange(fd_, -1));
  }
}

UniqueFd open_for_reading(const std::string& path) {
  return open_or_throw(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, "read");
}

UniqueFd open_regular_file(const std::string& path) {
  auto fd = open_for_reading(path);
  struct stat status {};
  if (fstat(fd.get(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
    throw Error(Exit::io, fmt::format("cannot read '{}': it is not a regular file", path));
  }
  return fd;
}

UniqueFd open_for_writing(const std::string& path) {
  auto inherited = inherited_descriptor(path);
  return inherited ? *std::move(inherited)
                   : open_or_throw(path, O_WRONLY | O_CREAT | O_TRUNC, "write");
}

UniqueFd open_for_adding(const std::string& path) {
  return open_or_throw(path, O_WRONLY | O_CREAT | O_APPEND, "write");
}

void throw_cannot_write(const std::string& path) {
  throw Error(Exit::io, fmt::format("cannot write '{}': {}", path, std::strerror(errno)));
}

std::optional<UniqueFd> inherited_descriptor(const std::string& path) {
  const auto number = descriptor_number(path);
  if (!number) {
    return std::nullopt;
  }
  UniqueFd copy(fcntl(*number, F_DUPFD_CLOEXEC, 0));
  if (!copy) {
    throw_cannot_write(path);
  }
  return copy;
}

UniqueFd make_temporary_file() {
  std::error_code error;
  const auto folder = std::filesystem::temp_directory_path(error);
  auto path = (folder / "mscomm-XXXXXX").string();
  UniqueFd file(error ? -1 : mkostemp(path.data(), O_CLOEXEC));
  if (!file) {
    throw Error(Exit::io,
                fmt::format("cannot make a temporary file: {}",
                            error ? error.message() : std::strerror(errno)),
                "TMPDIR names the folder for temporary files");
  }
  unlink(path.c_str());
  return file;
}

void write_all(int fd, std::string_view bytes, const std::string& name) {
  if (!try_write_all(fd, bytes)) {
    throw Error(Exit::io, fmt::format("cannot write {}: {}", name, std::strerror(errno)));
  }
}

bool try_write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
  }
  return true;
}

std::string hidden_beside(const std::string& path, std::string_view suffix) {
  constexpr std::size_t kLongestName = 200;      // leaves room for the suffix within NAME_MAX
  const auto name = path.find_last_of('/') + 1;  // npos + 1 is 0
  return fmt::format("{}.{}{}", path.substr(0, name), path.substr(name, kLongestName), suffix);
}

bool pass_on_owner(const struct stat& before, int fd) {
  struct stat now {};
  const bool has_owner =
      fstat(fd, &now) == 0 && ((now.st_uid == before.st_uid && now.st_gid == before.st_gid) ||
                               fchown(fd, before.st_uid, before.st_gid) == 0);
  return has_owner && fchmod(fd, before.st_mode & 07777U) == 0;
}

bool rename_to_free_name(int folder, const std::string& from, const std::string& to) {
  return renameat2(folder, from.c_str(), folder, to.c_str(), RENAME_NOREPLACE) == 0 ||
         ((errno == EINVAL || errno == ENOSYS) &&
          renameat(folder, from.c_str(), folder, to.c_str()) == 0);
}

bool lock_alone(int fd) { return flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; }

void allow_open_files(std::size_t count, std::string_view what) {
  constexpr rlim_t kOthers = 16;
  const auto wanted = count + kOthers;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) {
    return;
  }
  // The soft limit, which shells set low.
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  if (limit.rlim_cur < wanted || setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    throw Error(
        Exit::usage,
        fmt::format("{} need {} open files, and only {} are allowed", what, wanted, limit.rlim_cur),
        "fewer with -c N, or more with 'ulimit -n'");
  }
}

std::string read_file(const std::string& path) {
  const auto fd = open_regular_file(path);
  return read_all(fd.get(), path);
}

}  // namespace mscomm
