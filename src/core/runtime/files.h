#pragma once

#include <cstddef>
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

/// The whole content of a file. Throws Error{io} that names the path and the reason.
std::string read_file(const std::string& path);

/// Opens a file for reading, with additional flags of open(2), or for (over)writing. Throws
/// Error{io}.
UniqueFd open_for_reading(const std::string& path, int flags = 0);
UniqueFd open_for_writing(const std::string& path);
/// As open_for_writing(), but keeps the old content until the caller truncates it.
UniqueFd open_for_replacing(const std::string& path);

/// Raises the limit of open files to `count` plus what the process needs otherwise. Throws
/// Error{usage} that begins with `what`, the purpose, when the system does not allow it.
void allow_open_files(std::size_t count, std::string_view what);

/// A secret in a file: its first line, without the line end. Throws Error{io} when it cannot be
/// read and Error{usage} when it is empty or readable by others.
std::string read_secret_file(const std::string& path);

}  // namespace mscomm
