#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mscomm {

/// Owns a file descriptor.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  void reset() noexcept;
  /// Gives up ownership of the descriptor.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

/// The whole content of a regular file of up to 64 MiB. Throws Error{io} that names the path and
/// the reason, also for a pipe or a device, which read_input() reads.
std::string read_file(const std::string& path);

/// Opens a file for reading, without waiting for the writer of a pipe. Throws Error{io}.
UniqueFd open_for_reading(const std::string& path);
/// The same; throws Error{io} for a pipe or a device, too, from which reading may not end.
UniqueFd open_regular_file(const std::string& path);
/// Opens a file for writing, and empties it unless it is an inherited descriptor. Throws Error{io}.
UniqueFd open_for_writing(const std::string& path);

/// As open_for_writing(), but keeps what is there and writes at the end.
UniqueFd open_for_adding(const std::string& path);

/// Throws Error{io} "cannot write 'path'" with the reason of `errno`.
[[noreturn]] void throw_cannot_write(const std::string& path);

/// A copy of the descriptor that a path such as /dev/stdout or /dev/fd/3 names; none for any other
/// path. Opening such a path would empty, or rename, the file that the caller's shell opened.
/// Throws Error{io} when that descriptor is not open.
std::optional<UniqueFd> inherited_descriptor(const std::string& path);

/// A file without a name in $TMPDIR or /tmp, for what is too large for memory; it disappears when
/// closed. Throws Error{io}.
UniqueFd make_temporary_file();

/// Writes all bytes at the file's position. Throws Error{io} that names `name`.
void write_all(int fd, std::string_view bytes, const std::string& name);
/// The same; false, with errno, when it cannot.
bool try_write_all(int fd, std::string_view bytes);

/// A name beside `path` for a file that is to replace it: hidden, and short enough with `suffix`.
std::string hidden_beside(const std::string& path, std::string_view suffix);
/// Gives a new file the owner and permissions of the one that it is to replace. False, with errno,
/// when it cannot.
bool pass_on_owner(const struct stat& before, int fd);
/// Renames a file within a folder, or with AT_FDCWD anywhere, if nothing has the new name. False,
/// with errno, when it cannot. Not every file system can tell; there what has the name is replaced.
bool rename_to_free_name(int folder, const std::string& from, const std::string& to);
/// Locks a file or folder until it is closed. False when it is locked already. On a file system
/// without locks that goes unnoticed.
bool lock_alone(int fd);

/// Raises the limit of open files to `count` plus what the process needs otherwise. Throws
/// Error{usage} that begins with `what`, the purpose, when the system does not allow it.
void allow_open_files(std::size_t count, std::string_view what);

}  // namespace mscomm
