#include "core/http/content_coding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using test::error_of;
using testing::HasSubstr;
using testing::Le;
using namespace std::string_literals;

const std::string packed_hello =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xf3\x48\xcd\xc9\xc9\x57\x08\xcf\x2f\xca\x49\x51"
    "\x04\x00\xa3\x1c\x29\x1c\x0c\x00\x00\x00"s;

// Gzip that holds `inner` as it is (RFC 1951 section 3.2.4), of up to 65535 bytes.
std::string stored(std::string_view inner, std::uint32_t crc) {
  const auto byte = [](std::size_t number) { return static_cast<char>(number & 0xffU); };
  const auto size = inner.size();
  std::string out = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x01"s;
  for (const auto number : {size, size >> 8U, ~size, ~size >> 8U}) {
    out += byte(number);
  }
  out += inner;
  for (const std::size_t number : {std::size_t{crc}, size}) {
    for (const unsigned shift : {0U, 8U, 16U, 24U}) {
      out += byte(number >> shift);
    }
  }
  return out;
}

std::string swelling() {  // a mebibyte and more of "z", as zstd has it in 9 + 4 * 16 bytes
  auto frame = "\x28\xb5\x2f\xfd\x00\x38"s;
  for (int i = 0; i < 16; ++i) {
    frame += "\x02\x00\x10z"s;
  }
  return frame + "\x01\x00\x00"s;
}

std::string decoded(const HttpHeaders& headers, std::string_view packed, std::size_t size = 100) {
  BodyDecoder decoder(headers);
  std::string body;
  for (; !packed.empty(); packed.remove_prefix(std::min(size, packed.size()))) {
    EXPECT_TRUE(decoder.feed(packed.substr(0, size), [&](std::string_view piece) {
      body += piece;
      return true;
    }));
  }
  return decoder.is_whole() ? body : "(incomplete)";
}

HttpHeaders coded(const std::string& list) { return {{"content-encoding", list}}; }

TEST(ContentCoding, EveryCodingThatIsAskedForCanBeUndone) {
  EXPECT_EQ(accepted_codings(), "gzip, deflate, br, zstd");
}

TEST(ContentCoding, NamesAreListedInAnyCaseAndInSeveralHeaders) {
  for (const auto* list : {"gzip", "GZIP", "x-gzip", "X-GZip", "identity, gzip", " gzip ,, "}) {
    EXPECT_EQ(decoded(coded(list), packed_hello), "Hello World!") << list;
  }
  EXPECT_EQ(decoded(coded("identity"), "as it is"), "as it is");
  EXPECT_EQ(decoded(coded(""), "as it is"), "as it is");
  const auto twice = stored(packed_hello, 0xd0f88b37U);
  EXPECT_EQ(decoded(coded("gzip, x-gzip"), twice, 3), "Hello World!");
  EXPECT_EQ(
      decoded({{"Content-Encoding", "gzip"}, {"A", "b"}, {"content-encoding", "gzip"}}, twice),
      "Hello World!");
}

TEST(ContentCoding, TheLastOneIsUndoneFirst) {
  const auto brotli_in_gzip = stored("\x8b\x05\x80Hello World!\x03"s, 0x51d5ff8eU);
  EXPECT_EQ(decoded(coded("br, gzip"), brotli_in_gzip), "Hello World!");
  EXPECT_THAT(error_of([&] { decoded(coded("gzip, br"), brotli_in_gzip); }),
              HasSubstr("the body cannot be unpacked"));
}

TEST(ContentCoding, UnknownOnesAndTooManyAreRefused) {
  EXPECT_EQ(error_of([] { BodyDecoder(coded("gzip, secret")); }),
            "unreachable: the body cannot be unpacked: 'secret' is none of gzip, deflate, br and "
            "zstd | without --compressed it is printed as it comes");
  EXPECT_EQ(error_of([] { BodyDecoder(coded("gzip,gzip,gzip,gzip")); }),
            "unreachable: the body cannot be unpacked: it is said to be packed 4 times");
}

TEST(ContentCoding, ABodyIsWholeWhenEveryLayerIs) {
  EXPECT_EQ(decoded(coded("gzip"), ""), "");
  EXPECT_EQ(decoded(coded("gzip"), packed_hello.substr(0, 30)), "(incomplete)");
  const auto twice = stored(packed_hello, 0xd0f88b37U);
  EXPECT_EQ(decoded(coded("gzip, gzip"), twice.substr(0, twice.size() - 1)), "(incomplete)");
  // The inner one ends early, the outer one does not.
  EXPECT_EQ(decoded(coded("gzip, gzip"), stored(packed_hello.substr(0, 30), 0x2a033b2dU)),
            "(incomplete)");
}

TEST(ContentCoding, WhatItsTakerThrowsIsNotTheBodysFault) {
  BodyDecoder decoder(coded("gzip"));
  EXPECT_EQ(error_of([&] {
              decoder.feed(packed_hello,
                           [](std::string_view) -> bool { throw Error(Exit::io, "full"); });
            }),
            "io: full");
}

// As libcurl repeats what a paused transfer was given: from its beginning, cut in other ways.
TEST(ContentCoding, GoesOnWhereItsTakerStopped) {
  const auto packed = packed_hello + packed_hello + packed_hello;
  for (std::size_t first = 1; first <= packed.size(); ++first) {
    BodyDecoder decoder(coded("gzip"));
    std::string body;
    const auto take_once = [&](std::string_view piece) {
      body += piece;
      return false;
    };
    const auto offer = [&](std::string_view piece) {
      for (int tries = 0; !decoder.feed(piece, take_once); ++tries) {
        ASSERT_LT(tries, 10);
      }
    };
    const bool is_all = decoder.feed(std::string_view(packed).substr(0, first), take_once);
    offer(std::string_view(packed).substr(is_all ? first : 0));
    EXPECT_EQ(body, "Hello World!Hello World!Hello World!") << first;
    EXPECT_TRUE(decoder.is_whole());
    EXPECT_EQ(decoder.packed_bytes(), packed.size());
  }
}

TEST(ContentCoding, SkipsWhatItHasTakenThoughItComesInSmallerPieces) {
  BodyDecoder decoder(coded("gzip"));
  std::string body;
  EXPECT_FALSE(decoder.feed(packed_hello, [&](std::string_view piece) {
    body += piece;
    return false;
  }));
  for (const auto byte : packed_hello) {
    EXPECT_TRUE(decoder.feed({&byte, 1}, [&](std::string_view piece) {
      body += piece;
      return true;
    }));
  }
  EXPECT_EQ(body, "Hello World!");
  EXPECT_TRUE(decoder.is_whole());
}

TEST(ContentCoding, WhatSwellsComesInPiecesAndMakesPauses) {
  const auto packed = swelling() + swelling();
  BodyDecoder decoder(coded("zstd"));
  std::size_t size = 0;
  int pauses = 0;
  while (!decoder.feed(packed, [&](std::string_view piece) {
    EXPECT_THAT(piece.size(), Le(std::size_t{1} << 16U));
    size += piece.size();
    return true;
  })) {
    ++pauses;
  }
  EXPECT_EQ(size, std::size_t{1} << 22U);
  EXPECT_GE(pauses, 3);
}

}  // namespace
}  // namespace mscomm
