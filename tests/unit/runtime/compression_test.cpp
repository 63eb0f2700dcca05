#include "core/runtime/compression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using test::error_of;
using testing::HasSubstr;
using namespace std::string_literals;

// What python's zlib made of "Hello World!".
const std::string gzip_sample =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xf3\x48\xcd\xc9\xc9\x57\x08\xcf\x2f\xca\x49\x51\x04"
    "\x00\xa3\x1c\x29\x1c\x0c\x00\x00\x00"s;
const std::string zlib_sample =
    "\x78\x9c\xf3\x48\xcd\xc9\xc9\x57\x08\xcf\x2f\xca\x49\x51\x04\x00\x1c\x49\x04\x3e"s;
const std::string deflate_sample = "\xf3\x48\xcd\xc9\xc9\x57\x08\xcf\x2f\xca\x49\x51\x04\x00"s;
constexpr const char* kPlain = "Hello World!";

std::string error_for(std::string_view body, Compression compression,
                      std::size_t most = kMostDecompressed) {
  return error_of([&] { decompress(body, compression, most); });
}

TEST(Decompress, UndoesGzipAndBothKindsOfDeflate) {
  EXPECT_EQ(decompress(gzip_sample, Compression::gzip), kPlain);
  EXPECT_EQ(decompress(zlib_sample, Compression::deflate), kPlain);
  EXPECT_EQ(decompress(deflate_sample, Compression::deflate), kPlain);
}

TEST(Decompress, MembersOfGzipAreOneBody) {
  EXPECT_EQ(decompress(gzip_sample + gzip_sample, Compression::gzip), kPlain + std::string(kPlain));
}

TEST(Decompress, RefusesDataThatIsCutShortWhereverThatIs) {
  for (const auto& [whole, compression] : {std::pair{gzip_sample, Compression::gzip},
                                           {zlib_sample, Compression::deflate},
                                           {deflate_sample, Compression::deflate}}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_EQ(error_for(std::string_view(whole).substr(0, size), compression),
                "failed: the body cannot be decompressed: it is cut short")
          << size;
    }
    EXPECT_THAT(error_for(gzip_sample + gzip_sample.substr(0, 12), Compression::gzip),
                HasSubstr("cut short"));
  }
}

TEST(Decompress, RefusesDataThatIsNotWhatItIsSaidToBe) {
  EXPECT_EQ(error_for("Hello World!", Compression::gzip),
            "failed: the body cannot be decompressed: incorrect header check");
  EXPECT_THAT(error_for("Hello World!", Compression::deflate), HasSubstr("decompressed: invalid"));
  auto wrong_sum = gzip_sample;
  wrong_sum[wrong_sum.size() - 5] ^= 1;
  EXPECT_THAT(error_for(wrong_sum, Compression::gzip), HasSubstr("incorrect data check"));
  wrong_sum = zlib_sample;
  wrong_sum.back() ^= 1;
  EXPECT_THAT(error_for(wrong_sum, Compression::deflate), HasSubstr("incorrect data check"));
  // FDICT, with a dictionary that nobody knows.
  EXPECT_THAT(error_for("\x78\xbb\x01\x02\x03\x04\x00"s, Compression::deflate),
              HasSubstr("it needs a dictionary"));
}

TEST(Decompress, RefusesWhatFollowsTheEnd) {
  EXPECT_THAT(error_for(zlib_sample + "x", Compression::deflate),
              HasSubstr("goes on after the end"));
  EXPECT_THAT(error_for(gzip_sample + "x", Compression::gzip), HasSubstr("cannot be decompressed"));
}

TEST(Decompress, StopsAtTheMostThatIsAllowed) {
  EXPECT_EQ(decompress(deflate_sample, Compression::deflate, 12), kPlain);
  EXPECT_EQ(error_for(deflate_sample, Compression::deflate, 11),
            "failed: the body cannot be decompressed: it grows beyond 11 bytes");
  EXPECT_THAT(error_for(gzip_sample + gzip_sample, Compression::gzip, 23),
              HasSubstr("grows beyond 23 bytes"));
}

TEST(Decompress, GrowsAsFarAsItMustAndNoFurther) {
  // A megabyte of zeros as zlib has it in a thousand bytes.
  constexpr std::size_t kMegabyte = std::size_t{1} << 20U;
  const auto zeros = "\xed\xc1\x31\x01\x00\x00\x00\xc2\xa0\xf5\x4f\x6d\x08\x5f\xa0"s +
                     std::string(1016, '\0') + "\x3e\x03";
  EXPECT_EQ(decompress(zeros, Compression::deflate), std::string(kMegabyte, '\0'));
  EXPECT_EQ(decompress(zeros, Compression::deflate, kMegabyte).size(), kMegabyte);
  EXPECT_EQ(error_for(zeros, Compression::deflate, kMegabyte - 1),
            "failed: the body cannot be decompressed: it grows beyond 1048575 bytes");
}

}  // namespace
}  // namespace mscomm
