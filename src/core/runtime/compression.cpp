#include "core/runtime/compression.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/runtime/compression_libraries.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

// Makes room at the end. One byte more than `most` reveals a body that is too large.
void grow(std::string& out, std::size_t packed, std::size_t most) {
  constexpr std::size_t kLeast = 4096;
  const auto guess = out.empty() ? 4 * packed : 2 * out.size();
  out.resize(std::min(std::max(guess, kLeast), most + 1));
}

std::string unpack_all(std::string_view packed, Unpacker& unpacker, std::size_t most) {
  std::string out;
  for (std::size_t used = 0;;) {
    if (used == out.size()) {
      grow(out, packed.size(), most);
    }
    const auto size = unpacker.unpack(packed, std::span(out).subspan(used));
    used += size;
    if (used > most) {
      throw Error(Exit::failed, fmt::format("it grows beyond {} bytes", most));
    }
    if (size == 0) {
      out.resize(used);
      return out;
    }
  }
}

}  // namespace

std::string decompress(std::string_view body, Compression compression, std::size_t most) {
  const auto unpacker = make_unpacker(compression);
  try {
    auto out = unpack_all(body, *unpacker, most);
    if (!unpacker->is_whole()) {
      throw Error(Exit::failed, "it is cut short");
    }
    return out;
  } catch (Error& error) {
    error.add_context("the body cannot be decompressed");
    throw;
  }
}

std::uint32_t crc32(std::string_view bytes) {
  const auto& zlib = ZlibLibrary::get();
  return static_cast<std::uint32_t>(
      zlib.crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace mscomm
