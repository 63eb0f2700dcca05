#include "core/output/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "core/runtime/error.h"
#include "core/runtime/handle.h"

namespace mscomm {
namespace {

[[noreturn]] void throw_cannot_write(const std::string& path) {
  throw Error(Exit::io, fmt::format("cannot write '{}': {}", path, std::strerror(errno)));
}

// Where a symbolic link leads; the path itself when nothing is there yet.
std::string real_path(const std::string& path) {
  const std::unique_ptr<char, Deleter<std::free>> resolved(realpath(path.c_str(), nullptr));
  return resolved ? std::string(resolved.get()) : path;
}

std::string unfinished_name(const std::string& path) {
  const auto name = path.find_last_of('/') + 1;  // npos + 1 is 0
  return fmt::format("{}.{}.{}.part", path.substr(0, name), path.substr(name), getpid());
}

}  // namespace

OutputFile::OutputFile(const std::string& path) : path_(real_path(path)) {
  struct stat before {};
  const bool exists = stat(path_.c_str(), &before) == 0;
  if (exists && !S_ISREG(before.st_mode)) {
    file_ = open_for_writing(path_);
    return;
  }
  unfinished_ = unfinished_name(path_);
  file_ = UniqueFd(open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file_) {
    unfinished_.clear();
    throw_cannot_write(path);
  }
  if (exists && fchmod(file_.get(), before.st_mode & 07777U) != 0) {
    throw_cannot_write(path);
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
