#include "core/message/decompress.h"

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
constexpr const char* kPlain = "Hello World!";

class Decoding : public testing::Test {
 protected:
  const Delivery& decode(const std::string& encoding, const std::string& body) {
    properties_.content_encoding = encoding;
    properties_.message_id = "m";
    delivery_.properties = &properties_;
    delivery_.delivery_tag = 7;
    body_ = body;
    delivery_.body = body_;
    return decompressor_.decoded(delivery_);
  }

  std::string error_for(const std::string& encoding) {
    return error_of([&] { decode(encoding, gzip_sample); });
  }

  Decompressor decompressor_;
  Properties properties_;
  std::string body_;
  Delivery delivery_;
};

TEST_F(Decoding, TakesTheEncodingOutOfTheProperties) {
  const auto& decoded = decode("gzip", gzip_sample);
  EXPECT_EQ(decoded.body, kPlain);
  EXPECT_EQ(decoded.properties->content_encoding, std::nullopt);
  EXPECT_EQ(decoded.properties->message_id, "m");
  EXPECT_EQ(decoded.delivery_tag, 7U);
  EXPECT_EQ(properties_.content_encoding, "gzip");
  EXPECT_EQ(decode("deflate", zlib_sample).body, kPlain);
  EXPECT_EQ(decode("X-GZip", gzip_sample).body, kPlain);
}

TEST_F(Decoding, KeepsWhatElseThePropertySays) {
  for (const auto* encoding : {"gzip, UTF-8", "gzip:UTF-8", "UTF-8 , gzip", "gzip,,UTF-8"}) {
    const auto& decoded = decode(encoding, gzip_sample);
    EXPECT_EQ(decoded.body, kPlain);
    EXPECT_EQ(decoded.properties->content_encoding, "UTF-8") << encoding;
  }
}

TEST_F(Decoding, LeavesBodiesThatAreNotCompressed) {
  for (const auto* encoding : {"", "identity", "utf-8", "UTF8", "us-ascii", "binary", "8bit",
                               "ISO-8859-1", "Windows-1252", "identity, utf-8"}) {
    EXPECT_EQ(&decode(encoding, gzip_sample), &delivery_) << encoding;
  }
  properties_.content_encoding.reset();
  EXPECT_EQ(&decompressor_.decoded(delivery_), &delivery_);
}

TEST_F(Decoding, RefusesWhatItCannotUndo) {
  EXPECT_EQ(error_for("br"),
            "failed: the body's encoding 'br' is none of gzip, deflate and identity | without "
            "--decompress bodies are printed as they come");
  EXPECT_THAT(error_for("gzip, zstd"), HasSubstr("'zstd'"));
  EXPECT_EQ(error_for("gzip, gzip"), "failed: the body is compressed more than once (gzip, gzip)");
}

}  // namespace
}  // namespace mscomm
