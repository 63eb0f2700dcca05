#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/runtime/files.h"

namespace mscomm {

/// A message's body that lies in a file instead of in memory, so that its size does not matter.
class BodyFile {
 public:
  /// `size` bytes of `fd` from `begin`. `name` stands in messages: "'big.bin'".
  BodyFile(UniqueFd fd, std::uint64_t begin, std::uint64_t size, std::string name)
      : fd_(std::move(fd)), begin_(begin), size_(size), name_(std::move(name)) {}

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// Fills `into` with the body's bytes from `offset`. Throws Error{io} when they cannot be read or
  /// are no longer there.
  void read(std::uint64_t offset, std::span<char> into) const;

  /// The whole of it.
  [[nodiscard]] std::string read_all() const;

  /// Gives `take` all of it, piece by piece. Throws as read() does, and what `take` throws.
  void for_each_piece(const std::function<void(std::string_view piece)>& take) const;

 private:
  UniqueFd fd_;
  std::uint64_t begin_;
  std::uint64_t size_;
  std::string name_;
};

/// A file without a name, for a body that is too large to be held, gone when it is closed. In
/// $TMPDIR or /tmp. Throws Error{io}.
UniqueFd make_temporary_file();

/// Writes all of it at the file's position. Throws Error{io} that names `name`.
void write_all(int fd, std::string_view bytes, const std::string& name);

}  // namespace mscomm
