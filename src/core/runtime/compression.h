#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/runtime/unpacker.h"

namespace mscomm {

/// The largest decompressed body, in bytes: a message of a megabyte can expand to a gigabyte.
inline constexpr std::size_t kMostDecompressed = std::size_t{1} << 30U;

/// Decompresses `body`. Throws Error{failed} for data that is invalid, truncated, followed by other
/// data, or longer than `most` bytes when decompressed; Error{usage} when the library for it is not
/// installed.
std::string decompress(std::string_view body, Compression compression,
                       std::size_t most = kMostDecompressed);

/// The CRC-32 of gzip (RFC 1952 section 8). Throws Error{usage} when zlib is not installed.
std::uint32_t crc32(std::string_view bytes);

}  // namespace mscomm
