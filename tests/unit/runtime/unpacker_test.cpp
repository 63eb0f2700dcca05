#include "core/runtime/unpacker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using test::error_of;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::string_literals;

struct Sample {
  Compression compression;
  std::string packed;  ///< "Hello World!", by tests/support/pack.py
};

const std::array packed_samples{
    Sample{
        Compression::gzip,
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xf3\x48\xcd\xc9\xc9\x57\x08\xcf\x2f\xca\x49\x51"
        "\x04\x00\xa3\x1c\x29\x1c\x0c\x00\x00\x00"s},
    Sample{Compression::deflate,
           "\x78\xda\xf3\x48\xcd\xc9\xc9\x57\x08\xcf\x2f\xca\x49\x51\x04\x00\x1c\x49\x04\x3e"s},
    Sample{Compression::deflate, "\xf3\x48\xcd\xc9\xc9\x57\x08\xcf\x2f\xca\x49\x51\x04\x00"s},
    Sample{Compression::brotli, "\x8b\x05\x80Hello World!\x03"s},
    Sample{Compression::zstd, "\x28\xb5\x2f\xfd\x20\x0c\x61\x00\x00Hello World!"s}};

struct Unpacked {
  std::string text;
  bool is_whole = false;
};

// Unpacks in pieces of `in` bytes, with room for `out`.
Unpacked unpacked(const Sample& sample, std::size_t in, std::size_t out) {
  const auto unpacker = make_unpacker(sample.compression);
  Unpacked result;
  std::string room(out, ' ');
  for (std::string_view left = sample.packed; !left.empty();) {
    auto piece = left.substr(0, in);
    left.remove_prefix(piece.size());
    while (const auto size = unpacker->unpack(piece, room)) {
      result.text += room.substr(0, size);
    }
    EXPECT_TRUE(piece.empty());
  }
  result.is_whole = unpacker->is_whole();
  return result;
}

TEST(Unpacker, TakesPiecesOfAnySize) {
  for (const auto& sample : packed_samples) {
    for (const std::size_t in : {1U, 2U, 3U, 100U}) {
      for (const std::size_t out : {1U, 5U, 100U}) {
        const auto result = unpacked(sample, in, out);
        EXPECT_EQ(result.text, "Hello World!") << in << " " << out;
        EXPECT_TRUE(result.is_whole) << in << " " << out;
      }
    }
  }
}

TEST(Unpacker, KnowsDataThatIsCutShortWhereverThatIs) {
  for (auto sample : packed_samples) {
    for (sample.packed.pop_back(); !sample.packed.empty(); sample.packed.pop_back()) {
      EXPECT_FALSE(unpacked(sample, 4, 4).is_whole) << sample.packed.size();
    }
    EXPECT_FALSE(unpacked(sample, 1, 1).is_whole);
  }
}

TEST(Unpacker, MembersOfGzipAndFramesOfZstdAreOneBody) {
  for (const auto& [compression, packed] : {packed_samples.front(), packed_samples.back()}) {
    for (const std::size_t in : {1U, 7U, 100U}) {
      const auto twice = unpacked({compression, packed + packed}, in, 5);
      EXPECT_EQ(twice.text, "Hello World!Hello World!");
      EXPECT_TRUE(twice.is_whole);
    }
    for (std::size_t size = 1; size < packed.size(); ++size) {
      EXPECT_FALSE(unpacked({compression, packed + packed.substr(0, size)}, 3, 5).is_whole) << size;
    }
  }
}

TEST(Unpacker, ZerosAfterTheLastMemberOfGzipArePaddingAndNothingElseIs) {
  const auto gzip = packed_samples.front().compression;
  const auto packed = packed_samples.front().packed;
  for (const std::size_t in : {1U, 100U}) {
    const auto padded = unpacked({gzip, packed + std::string(50, '\0')}, in, 100);
    EXPECT_EQ(padded.text, "Hello World!");
    EXPECT_TRUE(padded.is_whole);
    for (const auto& rest : {"x"s, "\0x"s, "\0"s + packed, "\x1f\x8c"s}) {
      EXPECT_THAT(error_of([&] {
                    unpacked({gzip, packed + rest}, in, 100);
                  }),
                  StartsWith("failed: "))
          << rest;
    }
  }
}

TEST(Unpacker, NothingMayFollowTheOthers) {
  for (const auto& [compression, packed] : packed_samples) {
    for (const std::size_t in : {1U, 100U}) {
      EXPECT_THAT(error_of([&, &c = compression, &p = packed] {
                    unpacked({c, p + "xxxx"}, in, 9);
                  }),
                  StartsWith("failed: "));
    }
  }
}

TEST(Unpacker, WhatIsNotPackedIsRefused) {
  for (const auto compression :
       {Compression::gzip, Compression::deflate, Compression::brotli, Compression::zstd}) {
    EXPECT_THAT(error_of([&] {
                  unpacked({compression, "Hello World! Hello"}, 100, 100);
                }),
                StartsWith("failed: "));
  }
}

// What becomes of damaged data does not depend on how it is cut.
TEST(Unpacker, DamageIsTheSameInPiecesOfAnySize) {
  const auto outcome = [](const Sample& sample, std::size_t in, std::size_t out) {
    std::string text;
    const auto error = error_of([&] {
      const auto result = unpacked(sample, in, out);
      text = result.text + (result.is_whole ? "" : "(incomplete)");
    });
    return text.empty() ? error : text;
  };
  for (const auto& [compression, packed] : packed_samples) {
    for (std::size_t at = 0; at < packed.size(); ++at) {
      for (const auto damage : {'\x01', '\x80', '\xff'}) {
        auto damaged = packed + packed;
        damaged[at] = static_cast<char>(damaged[at] ^ damage);
        const auto whole = outcome({compression, damaged}, 1000, 1000);
        EXPECT_EQ(outcome({compression, damaged}, 1, 1), whole) << at;
        EXPECT_EQ(outcome({compression, damaged}, 7, 3), whole) << at;
      }
    }
  }
}

TEST(Unpacker, AWindowThatTakesMoreThanEightMebibytesIsRefused) {
  const auto frame_with_window = [](char log) {  // RFC 8878 section 3.1.1.1.2
    return Sample{Compression::zstd, "\x28\xb5\x2f\xfd\x00"s + static_cast<char>((log - 10) << 3) +
                                         "\x02\x00\x10z\x01\x00\x00"s};
  };
  EXPECT_EQ(unpacked(frame_with_window(23), 100, 1000).text,
            std::string(std::size_t{1} << 17U, 'z'));
  EXPECT_THAT(error_of([&] { unpacked(frame_with_window(24), 100, 1000); }), HasSubstr("memory"));
}

}  // namespace
}  // namespace mscomm
