#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mscomm {

/// Bytes read from a descriptor and not yet used. `view()` points into the buffer without a copy
/// and is valid until the next `fill()`.
class InputBuffer {
 public:
  enum class Fill {
    more,   ///< bytes were added
    block,  ///< none are there yet: poll the descriptor for POLLIN
    end,    ///< the input ended
  };

  /// `name` is for messages: "cannot read standard input: Is a directory".
  InputBuffer(int fd, std::string name);

  /// Reads once with read(2), and never blocks. Throws Error{io}.
  Fill fill();

  [[nodiscard]] std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
  void consume(std::size_t count) { begin_ += count; }
  [[nodiscard]] int fd() const { return fd_; }
  /// The used part of a regular file, from 0 to 1.
  [[nodiscard]] std::optional<double> progress() const;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  void make_room();

  int fd_;
  std::string name_;
  bool always_ready_ = false;
  bool ended_ = false;
  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t total_ = 0;  // bytes of a regular file from the start position; 0: unknown
  std::uint64_t read_ = 0;
};

}  // namespace mscomm
