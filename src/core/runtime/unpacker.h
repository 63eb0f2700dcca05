#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace mscomm {

enum class Compression {
  gzip,     ///< RFC 1952; consecutive members are one body, and zeros after the last are padding
  deflate,  ///< zlib (RFC 1950), or bare deflate data (RFC 1951), which many senders use
  brotli,   ///< RFC 7932
  zstd,     ///< RFC 8878, with the window that RFC 9659 allows; consecutive frames are one body
};

/// Undoes a compression piece by piece, in memory that does not grow with the data: at most 16 MiB
/// for brotli, 8 MiB for zstd, 64 KiB for the others.
///
///     while (const auto size = unpacker->unpack(packed, room)) {
///       take(room.first(size));
///     }
class Unpacker {
 public:
  Unpacker() = default;
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;
  virtual ~Unpacker() = default;

  /// Takes bytes off the front of `packed` and writes what they become to the front of `room`,
  /// which must not be empty. Returns how many bytes it has written; 0: all of `packed` was taken,
  /// and nothing is held back. Throws Error{failed} with the reason for data that is invalid or
  /// followed by other data.
  virtual std::size_t unpack(std::string_view& packed, std::span<char> room) = 0;

  /// Whether the data that came may end here.
  [[nodiscard]] virtual bool is_whole() const = 0;
};

/// Throws Error{usage} when the library for it is not installed.
std::unique_ptr<Unpacker> make_unpacker(Compression compression);

/// Whether the library for it is installed.
bool can_unpack(Compression compression);

}  // namespace mscomm
