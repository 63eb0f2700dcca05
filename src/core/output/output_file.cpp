#include "core/output/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "core/runtime/error.h"

namespace mscomm {
namespace {

// The folder takes no other file.
bool is_forbidden(int error) { return error == EACCES || error == EPERM || error == EROFS; }

// Whether `size` bytes fit into the file. Not every file system can tell; the write then does.
bool has_room(int fd, off_t size) {
  return size == 0 || fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, size) == 0 ||
         (errno != ENOSPC && errno != EDQUOT && errno != EFBIG);
}

}  // namespace

std::string real_path(const std::string& path) {
  constexpr int kMostLinks = 40;  // the kernel's limit
  std::filesystem::path found(path);
  std::error_code error;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(found, error); ++i) {
    const auto target = std::filesystem::read_symlink(found, error);
    if (error) {
      break;
    }
    found = found.parent_path() / target;  // an absolute target replaces the path
  }
  return found;
}

OutputFile::OutputFile(const std::string& path) {
  if (auto inherited = inherited_descriptor(path)) {
    file_ = *std::move(inherited);
    return;
  }
  path_ = real_path(path);
  struct stat before {};
  if (stat(path_.c_str(), &before) != 0) {
    open_beside(nullptr);
  } else if (!S_ISREG(before.st_mode)) {
    file_ = open_for_writing(path_);
  } else if (faccessat(AT_FDCWD, path_.c_str(), W_OK, AT_EACCESS) != 0) {
    throw_cannot_write(path);  // renaming another file over it would need no permission of its own
  } else {
    open_beside(&before);
  }
}

// `before` is the file that is replaced, if there is one.
void OutputFile::open_beside(const struct stat* before) {
  const bool has_one_name = before == nullptr || before->st_nlink == 1;
  if (has_one_name && create_unfinished(before == nullptr ? 0666 : 0600)) {
    if (before == nullptr || pass_on_owner(*before, file_.get())) {
      return;
    }
    discard_unfinished();
  } else if (has_one_name && (before == nullptr || !is_forbidden(errno))) {
    throw_cannot_write(path_);
  }
  file_ = make_temporary_file();
  is_copied_ = true;
}

// Several attempts: a killed process leaves its file behind, and a later one may get its process
// id, also in another container that shares the folder.
bool OutputFile::create_unfinished(unsigned mode) {
  constexpr int kAttempts = 1000;
  for (int i = 0; i < kAttempts; ++i) {
    auto name = hidden_beside(path_, fmt::format(".{}-{}.part", getpid(), i));
    file_ = UniqueFd(open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (file_) {
      unfinished_ = std::move(name);
      return true;
    }
    if (errno != EEXIST) {
      break;
    }
  }
  return false;
}

void OutputFile::discard_unfinished() {
  if (!unfinished_.empty()) {
    unlink(std::exchange(unfinished_, {}).c_str());
  }
}

OutputFile::~OutputFile() { discard_unfinished(); }

void OutputFile::commit() {
  if (is_copied_) {
    copy_into_place();
    return;
  }
  if (unfinished_.empty()) {
    return;
  }
  // Some file systems report a full disk only at close(2), that of another descriptor, too.
  if (close(dup(file_.get())) != 0) {
    throw_cannot_write(path_);
  }
  if (std::rename(unfinished_.c_str(), path_.c_str()) == 0) {
    unfinished_.clear();
  } else if (errno == EBUSY) {  // a mount, as of 'docker run -v ./file:/file'
    copy_into_place();
  } else {
    throw_cannot_write(path_);
  }
}

// Not in one step, but not before the disk has room for all of it.
void OutputFile::copy_into_place() {
  struct stat status {};
  const UniqueFd target(open(path_.c_str(), O_WRONLY | O_CLOEXEC));
  if (!target || fstat(file_.get(), &status) != 0 || !has_room(target.get(), status.st_size)) {
    throw_cannot_write(path_);
  }
  std::string piece(std::size_t{128} << 10U, '\0');
  for (off_t offset = 0; offset < status.st_size;) {
    const auto got = pread(file_.get(), piece.data(), piece.size(), offset);
    if (got <= 0) {
      throw_cannot_write(path_);
    }
    write_all(target.get(), {piece.data(), static_cast<std::size_t>(got)}, '\'' + path_ + '\'');
    offset += got;
  }
  if (ftruncate(target.get(), status.st_size) != 0) {
    throw_cannot_write(path_);
  }
}

}  // namespace mscomm
