#include "core/runtime/unpacker.h"

#include <algorithm>
#include <limits>
#include <new>
#include <string>

#include "core/runtime/compression_libraries.h"
#include "core/runtime/error.h"
#include "core/runtime/handle.h"

namespace mscomm {
namespace {

[[noreturn]] void refuse_data(const std::string& reason) { throw Error(Exit::failed, reason); }

constexpr const char* kGoesOn = "it goes on after the end of the compressed data";

// RFC 1950 section 2.2: method 8, a valid window size, and a check of these two bytes. Bare deflate
// data cannot begin this way: it would be a stored block with padding other than zero.
bool is_zlib_header(unsigned char first, unsigned char second) {
  return (first & 0x0fU) == Z_DEFLATED && (first >> 4U) <= 7 && (first * 256U + second) % 31 == 0;
}

// inflate() until there is output, the input is used up, or the data ends.
class Inflater {
 public:
  explicit Inflater(int window_bits) {
    if (zlib_.init(&stream_, window_bits, ZLIB_VERSION, sizeof stream_) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { zlib_.end(&stream_); }

  std::size_t inflate(std::string_view& packed, std::span<char> room) {
    constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
    const auto size = static_cast<uInt>(std::min(packed.size(), kMost));
    const auto space = static_cast<uInt>(std::min(room.size(), kMost));
    stream_.next_in = reinterpret_cast<const Bytef*>(packed.data());
    stream_.avail_in = size;
    stream_.next_out = reinterpret_cast<Bytef*>(room.data());
    stream_.avail_out = space;
    const int status = zlib_.inflate(&stream_, Z_NO_FLUSH);
    packed.remove_prefix(size - stream_.avail_in);
    check(status);
    has_ended_ = status == Z_STREAM_END;
    return space - stream_.avail_out;
  }

  [[nodiscard]] bool has_ended() const { return has_ended_; }

  void begin_again() {
    zlib_.reset(&stream_);
    has_ended_ = false;
  }

 private:
  void check(int status) const {
    switch (status) {
      case Z_OK:
      case Z_STREAM_END:
      case Z_BUF_ERROR:  // nothing to do
        return;
      case Z_MEM_ERROR:
        throw std::bad_alloc();
      case Z_NEED_DICT:
        refuse_data("it needs a dictionary");
      default:
        refuse_data(stream_.msg != nullptr ? stream_.msg : "it is broken");
    }
  }

  const ZlibLibrary& zlib_ = ZlibLibrary::get();
  z_stream stream_{};
  bool has_ended_ = false;
};

class GzipUnpacker final : public Unpacker {
 public:
  std::size_t unpack(std::string_view& packed, std::span<char> room) override {
    for (;;) {
      if (inflater_.has_ended() && !begins_next_member(packed)) {
        return 0;
      }
      const auto size = inflater_.inflate(packed, room);
      if (size > 0 || packed.empty()) {
        return size;
      }
    }
  }

  [[nodiscard]] bool is_whole() const override { return inflater_.has_ended(); }

 private:
  bool begins_next_member(std::string_view& packed) {
    const auto zeros = std::min(packed.find_first_not_of('\0'), packed.size());
    packed.remove_prefix(zeros);
    is_padded_ = is_padded_ || zeros > 0;
    if (packed.empty()) {
      return false;
    }
    constexpr char kMagic = '\x1f';
    if (is_padded_ || packed.front() != kMagic) {
      refuse_data(kGoesOn);
    }
    inflater_.begin_again();
    return true;
  }

  static constexpr int kGzipHeader = 16;  // added to the window size: zlib.h, inflateInit2()
  Inflater inflater_{kGzipHeader + MAX_WBITS};
  bool is_padded_ = false;
};

class DeflateUnpacker final : public Unpacker {
 public:
  std::size_t unpack(std::string_view& packed, std::span<char> room) override {
    if (!inflater_ && !begin(packed, room)) {
      return 0;
    }
    if (inflater_->has_ended()) {
      if (!packed.empty()) {
        refuse_data(kGoesOn);
      }
      return 0;
    }
    const auto size = inflater_->inflate(packed, room);
    return size > 0 || packed.empty() ? size : unpack(packed, room);
  }

  [[nodiscard]] bool is_whole() const override { return inflater_ && inflater_->has_ended(); }

 private:
  // The first two bytes tell which kind it is.
  bool begin(std::string_view& packed, std::span<char> room) {
    if (packed.empty() || (first_.empty() && packed.size() == 1)) {
      first_ += packed;
      packed = {};
      return false;
    }
    const auto first = static_cast<unsigned char>(first_.empty() ? packed[0] : first_[0]);
    const auto second = static_cast<unsigned char>(first_.empty() ? packed[1] : packed[0]);
    inflater_ = std::make_unique<Inflater>(is_zlib_header(first, second) ? MAX_WBITS : -MAX_WBITS);
    std::string_view alone = first_;
    inflater_->inflate(alone, room);  // a byte alone becomes nothing
    return true;
  }

  std::string first_;  // the first byte, when it came alone
  std::unique_ptr<Inflater> inflater_;
};

void free_brotli(BrotliLibrary::Decoder* decoder) noexcept {
  BrotliLibrary::get().destroy(decoder);
}

class BrotliUnpacker final : public Unpacker {
 public:
  BrotliUnpacker() {
    if (!decoder_) {
      throw std::bad_alloc();
    }
  }

  std::size_t unpack(std::string_view& packed, std::span<char> room) override {
    if (has_ended_) {
      if (!packed.empty()) {
        refuse_data(kGoesOn);
      }
      return 0;
    }
    const auto* in = reinterpret_cast<const std::uint8_t*>(packed.data());
    auto left = packed.size();
    auto* out = reinterpret_cast<std::uint8_t*>(room.data());
    auto space = room.size();
    const int result = brotli_.decompress(decoder_.get(), &left, &in, &space, &out, nullptr);
    packed.remove_prefix(packed.size() - left);
    if (result == BrotliLibrary::kError) {
      refuse_data(brotli_.error_string(brotli_.error_code(decoder_.get())));
    }
    has_ended_ = result == BrotliLibrary::kSuccess;
    const auto size = room.size() - space;
    return size > 0 || packed.empty() ? size : unpack(packed, room);
  }

  [[nodiscard]] bool is_whole() const override { return has_ended_; }

 private:
  const BrotliLibrary& brotli_ = BrotliLibrary::get();
  std::unique_ptr<BrotliLibrary::Decoder, Deleter<free_brotli>> decoder_{
      brotli_.create(nullptr, nullptr, nullptr)};
  bool has_ended_ = false;
};

void free_zstd(ZstdLibrary::Decoder* decoder) noexcept { ZstdLibrary::get().destroy(decoder); }

class ZstdUnpacker final : public Unpacker {
 public:
  ZstdUnpacker() {
    if (!decoder_) {
      throw std::bad_alloc();
    }
    constexpr int kMostWindowLog = 23;  // 8 MiB: RFC 9659 section 3
    zstd_.set(decoder_.get(), ZstdLibrary::kWindowLogMax, kMostWindowLog);
  }

  std::size_t unpack(std::string_view& packed, std::span<char> room) override {
    ZstdLibrary::Output out{room.data(), room.size(), 0};
    while (out.used == 0 && !(packed.empty() && is_drained_)) {
      ZstdLibrary::Input in{packed.data(), packed.size(), 0};
      const auto result = zstd_.decompress(decoder_.get(), &out, &in);
      packed.remove_prefix(in.used);
      if (zstd_.is_error(result) != 0) {
        refuse_data(zstd_.error_name(result));
      }
      is_whole_ = result == 0;
      is_drained_ = is_whole_ || (packed.empty() && out.used < out.size);
    }
    return out.used;
  }

  [[nodiscard]] bool is_whole() const override { return is_whole_; }

 private:
  const ZstdLibrary& zstd_ = ZstdLibrary::get();
  std::unique_ptr<ZstdLibrary::Decoder, Deleter<free_zstd>> decoder_{zstd_.create()};
  bool is_drained_ = true;  // without input there is nothing to do
  bool is_whole_ = false;
};

}  // namespace

std::unique_ptr<Unpacker> make_unpacker(Compression compression) {
  switch (compression) {
    case Compression::gzip:
      return std::make_unique<GzipUnpacker>();
    case Compression::deflate:
      return std::make_unique<DeflateUnpacker>();
    case Compression::brotli:
      return std::make_unique<BrotliUnpacker>();
    case Compression::zstd:
      return std::make_unique<ZstdUnpacker>();
  }
  return nullptr;
}

bool can_unpack(Compression compression) {
  try {
    return make_unpacker(compression) != nullptr;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace mscomm
