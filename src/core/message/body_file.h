#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/runtime/files.h"

namespace mscomm {

/// A message's body in a file instead of in memory, so that its size does not matter.
class BodyFile {
 public:
  /// `size` bytes of `fd` from `begin`. `name` is for messages: "'big.bin'".
  BodyFile(UniqueFd fd, std::uint64_t begin, std::uint64_t size, std::string name)
      : fd_(std::move(fd)), begin_(begin), size_(size), name_(std::move(name)) {}

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// Fills `into` with the body's bytes from `offset`. Throws Error{io} when they cannot be read or
  /// no longer exist.
  void read(std::uint64_t offset, std::span<char> into) const;

  /// The whole body. Throws as read() does.
  [[nodiscard]] std::string read_all() const;

  /// Passes the whole body to `take`, piece by piece. Throws as read() does, and what `take`
  /// throws.
  void for_each_piece(const std::function<void(std::string_view piece)>& take) const;

 private:
  UniqueFd fd_;
  std::uint64_t begin_;
  std::uint64_t size_;
  std::string name_;
};

}  // namespace mscomm
