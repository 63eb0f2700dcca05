#include "core/output/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "core/runtime/error.h"

namespace mscomm {
namespace {

[[noreturn]] void throw_cannot_write(const std::string& path) {
  throw Error(Exit::io, fmt::format("cannot write '{}': {}", path, std::strerror(errno)));
}

// The target of a symbolic link, which need not exist yet.
std::string real_path(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // the kernel's limit
  std::error_code error;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(path, error); ++i) {
    const auto target = std::filesystem::read_symlink(path, error);
    if (error) {
      break;
    }
    path = path.parent_path() / target;  // an absolute target replaces the path
  }
  return path;
}

std::string unfinished_name(const std::string& path, int attempt) {
  constexpr std::size_t kLongestName = 200;      // leaves room for the suffix within NAME_MAX
  const auto name = path.find_last_of('/') + 1;  // npos + 1 is 0
  return fmt::format("{}.{}.{}-{}.part", path.substr(0, name), path.substr(name, kLongestName),
                     getpid(), attempt);
}

}  // namespace

OutputFile::OutputFile(const std::string& path) : path_(real_path(path)) {
  struct stat before {};
  const bool exists = stat(path_.c_str(), &before) == 0;
  if (exists && !S_ISREG(before.st_mode)) {
    file_ = open_for_writing(path_);
    return;
  }
  create_unfinished();
  if (!file_ && exists && (errno == EACCES || errno == EPERM || errno == EROFS)) {
    file_ = open_for_writing(path_);  // the file may be writable although its folder is not
    return;
  }
  if (!file_) {
    throw_cannot_write(path);
  }
  if (exists && fchmod(file_.get(), before.st_mode & 07777U) != 0) {
    const auto reason = errno;
    unlink(unfinished_.c_str());
    errno = reason;
    throw_cannot_write(path);
  }
}

// Several attempts: a killed process leaves its file behind, and a later one may get its process
// id, also in another container that shares the folder.
void OutputFile::create_unfinished() {
  constexpr int kAttempts = 1000;
  for (int i = 0; i < kAttempts; ++i) {
    auto name = unfinished_name(path_, i);
    file_ = UniqueFd(open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file_) {
      unfinished_ = std::move(name);
      return;
    }
    if (errno != EEXIST) {
      return;
    }
  }
}

OutputFile::~OutputFile() {
  if (!unfinished_.empty()) {
    unlink(unfinished_.c_str());
  }
}

void OutputFile::commit() {
  if (!unfinished_.empty()) {
    if (std::rename(unfinished_.c_str(), path_.c_str()) != 0) {
      throw_cannot_write(path_);
    }
    unfinished_.clear();
  }
}

}  // namespace mscomm
