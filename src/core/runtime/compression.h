#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mscomm {

enum class Compression {
  gzip,     ///< RFC 1952; several members after one another are one body
  deflate,  ///< zlib (RFC 1950), or bare deflate data (RFC 1951), as many senders have it
};

/// The most that one body may decompress to: a message of a megabyte can stand for a gigabyte.
inline constexpr std::size_t kMostDecompressed = std::size_t{1} << 30U;

/// What `body` was before it was compressed. Throws Error{failed} for data that is not such, is cut
/// short, goes on after its end, or is longer than `most` bytes; Error{usage} when zlib is not
/// installed.
std::string decompress(std::string_view body, Compression compression,
                       std::size_t most = kMostDecompressed);

/// The checksum that gzip has too (RFC 1952 section 8). Throws Error{usage} when zlib is not
/// installed.
std::uint32_t crc32(std::string_view bytes);

}  // namespace mscomm
