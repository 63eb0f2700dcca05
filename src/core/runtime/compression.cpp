#include "core/runtime/compression.h"

#define ZLIB_CONST
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "core/runtime/error.h"
#include "core/runtime/shared_library.h"

namespace mscomm {
namespace {

struct Zlib : LibraryTable<Zlib> {
  Zlib()
      : LibraryTable("libz.so.1",
                     {"zlib", "which decompresses", "install zlib: apt-get install zlib1g"}) {}

  decltype(&::inflateInit2_) init = function("inflateInit2_");
  decltype(&::inflate) inflate = function("inflate");
  decltype(&::inflateReset) reset = function("inflateReset");
  decltype(&::inflateEnd) end = function("inflateEnd");
  decltype(&::crc32_z) crc32 = function("crc32_z");
};

const Bytef* bytes_of(std::string_view text) { return reinterpret_cast<const Bytef*>(text.data()); }

class Inflater {
 public:
  Inflater(std::string_view body, int window_bits) {
    if (body.size() > std::numeric_limits<uInt>::max()) {
      fail("it is longer than zlib takes");
    }
    stream_.next_in = bytes_of(body);
    stream_.avail_in = static_cast<uInt>(body.size());
    if (zlib_.init(&stream_, window_bits, ZLIB_VERSION, sizeof stream_) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { zlib_.end(&stream_); }

  /// Decompresses everything; with `members`, one gzip member after another.
  std::string all(std::size_t most, bool members) {
    std::string out;
    for (std::size_t used = 0;;) {
      if (used == out.size()) {
        grow(out, most);
      }
      const auto room = static_cast<uInt>(
          std::min<std::size_t>(out.size() - used, std::numeric_limits<uInt>::max()));
      stream_.next_out = reinterpret_cast<Bytef*>(out.data()) + used;
      stream_.avail_out = room;
      const int status = zlib_.inflate(&stream_, Z_NO_FLUSH);
      used += room - stream_.avail_out;
      if (used > most) {
        fail(fmt::format("it grows beyond {} bytes", most));
      }
      if (status == Z_STREAM_END && stream_.avail_in == 0) {
        out.resize(used);
        return out;
      }
      go_on_after(status, members);
    }
  }

 private:
  [[noreturn]] static void fail(const std::string& reason) {
    throw Error(Exit::failed, "the body cannot be decompressed: " + reason);
  }

  // One byte more than `most` reveals a body that is too large.
  void grow(std::string& out, std::size_t most) const {
    constexpr std::size_t kLeast = 4096;
    const auto guess = out.empty() ? std::size_t{4} * stream_.avail_in : 2 * out.size();
    out.resize(std::min(std::max(guess, kLeast), most + 1));
  }

  void go_on_after(int status, bool members) {
    switch (status) {
      case Z_STREAM_END:
        if (!members) {
          fail("it goes on after the end of the compressed data");
        }
        zlib_.reset(&stream_);
        return;
      case Z_OK:
      case Z_BUF_ERROR:
        if (stream_.avail_in == 0 && stream_.avail_out > 0) {
          fail("it is cut short");
        }
        return;
      case Z_MEM_ERROR:
        throw std::bad_alloc();
      case Z_NEED_DICT:
        fail("it needs a dictionary");
      default:
        fail(stream_.msg != nullptr ? stream_.msg : "it is broken");
    }
  }

  const Zlib& zlib_ = Zlib::get();
  z_stream stream_{};
};

// RFC 1950 section 2.2: method 8, a valid window size, and a check of these two bytes. Bare deflate
// data cannot begin this way: it would be a stored block with padding other than zero.
bool has_zlib_header(std::string_view body) {
  if (body.size() < 2) {
    return false;
  }
  const auto* const bytes = bytes_of(body);
  return (bytes[0] & 0x0fU) == Z_DEFLATED && (bytes[0] >> 4U) <= 7 &&
         (bytes[0] * 256U + bytes[1]) % 31 == 0;
}

}  // namespace

std::string decompress(std::string_view body, Compression compression, std::size_t most) {
  constexpr int kGzipHeader = 16;  // selects gzip in the window size: zlib.h, inflateInit2()
  const bool gzip = compression == Compression::gzip;
  const int window_bits = gzip                    ? kGzipHeader + MAX_WBITS
                          : has_zlib_header(body) ? MAX_WBITS
                                                  : -MAX_WBITS;
  return Inflater(body, window_bits).all(most, gzip);
}

std::uint32_t crc32(std::string_view bytes) {
  return static_cast<std::uint32_t>(Zlib::get().crc32(0, bytes_of(bytes), bytes.size()));
}

}  // namespace mscomm
