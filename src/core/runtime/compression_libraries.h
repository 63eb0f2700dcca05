#pragma once

#define ZLIB_CONST
#include <zlib.h>

#include <cstddef>
#include <cstdint>

#include "core/runtime/shared_library.h"

namespace mscomm {

/// zlib's functions, loaded on demand.
struct ZlibLibrary : LibraryTable<ZlibLibrary> {
  ZlibLibrary()
      : LibraryTable("libz.so.1",
                     {"zlib", "which decompresses", "install zlib: apt-get install zlib1g"}) {}

  decltype(&::inflateInit2_) init = function("inflateInit2_");
  decltype(&::inflate) inflate = function("inflate");
  decltype(&::inflateReset) reset = function("inflateReset");
  decltype(&::inflateEnd) end = function("inflateEnd");
  decltype(&::crc32_z) crc32 = function("crc32_z");
};

// libcurl needs the following two, so that they are installed where it is, but their headers are
// not: what is called of them is declared here, as it has been since their versions 1.0 and 1.4.

/// The functions of brotli's decoder (brotli/decode.h), loaded on demand.
struct BrotliLibrary : LibraryTable<BrotliLibrary> {
  struct Decoder;
  /// Results of decompress().
  enum : int { kError = 0, kSuccess = 1, kNeedsInput = 2, kNeedsRoom = 3 };

  BrotliLibrary()
      : LibraryTable("libbrotlidec.so.1",
                     {"brotli", "which unpacks br", "install brotli: apt-get install libbrotli1"}) {
  }

  Decoder* (*create)(void* alloc, void* free,
                     void* opaque) = function("BrotliDecoderCreateInstance");
  void (*destroy)(Decoder*) = function("BrotliDecoderDestroyInstance");
  int (*decompress)(Decoder*, std::size_t* available_in, const std::uint8_t** next_in,
                    std::size_t* available_out, std::uint8_t** next_out,
                    std::size_t* total_out) = function("BrotliDecoderDecompressStream");
  int (*error_code)(const Decoder*) = function("BrotliDecoderGetErrorCode");
  const char* (*error_string)(int code) = function("BrotliDecoderErrorString");
};

/// The functions of Zstandard's decoder (zstd.h), loaded on demand.
struct ZstdLibrary : LibraryTable<ZstdLibrary> {
  struct Decoder;
  struct Input {
    const void* bytes;
    std::size_t size;
    std::size_t used;
  };
  struct Output {
    void* bytes;
    std::size_t size;
    std::size_t used;
  };
  static constexpr int kWindowLogMax = 100;  ///< ZSTD_d_windowLogMax

  ZstdLibrary()
      : LibraryTable("libzstd.so.1", {"Zstandard", "which unpacks zstd",
                                      "install Zstandard: apt-get install libzstd1"}) {}

  Decoder* (*create)() = function("ZSTD_createDCtx");
  std::size_t (*destroy)(Decoder*) = function("ZSTD_freeDCtx");
  std::size_t (*set)(Decoder*, int parameter, int value) = function("ZSTD_DCtx_setParameter");
  std::size_t (*decompress)(Decoder*, Output*, Input*) = function("ZSTD_decompressStream");
  unsigned (*is_error)(std::size_t result) = function("ZSTD_isError");
  const char* (*error_name)(std::size_t result) = function("ZSTD_getErrorName");
};

}  // namespace mscomm
