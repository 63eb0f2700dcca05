#include "core/amqp/frame_reader.h"

#include <amqp_framing.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/amqp/codec.h"
#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using std::string_literals::operator""s;
using test::error_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string big_endian(std::uint64_t number, unsigned width) {
  std::string out;
  while (width-- > 0) {
    out += static_cast<char>(number >> (8 * width));
  }
  return out;
}

std::string frame(int type, std::string_view payload) {
  return static_cast<char>(type) + "\0\1"s + big_endian(payload.size(), 4) + std::string(payload) +
         '\xCE';
}

std::string ack(std::uint64_t tag) {
  return frame(AMQP_FRAME_METHOD, big_endian(AMQP_BASIC_ACK_METHOD, 4) + big_endian(tag, 8) + '\0');
}

std::string header(std::uint16_t class_id, std::uint16_t flags, std::string_view properties) {
  return frame(AMQP_FRAME_HEADER, big_endian(class_id, 2) + "\0\0"s + big_endian(0, 8) +
                                      big_endian(flags, 2) + std::string(properties));
}

/// A table with one name, under which arrays and tables in turn lie `levels` deep.
std::string nested_table(int levels) {
  std::string value = "V";
  for (int i = 0; i < levels; ++i) {
    value.insert(0, i % 2 == 0 ? "A" + big_endian(value.size(), 4)
                               : "F" + big_endian(value.size() + 1, 4) + '\0');
  }
  return big_endian(value.size() + 1, 4) + '\0' + value;
}

/// As deep as nested_table(), with something beside it that makes it large.
std::string large_nested_table(int levels) {
  const auto deep = nested_table(levels).substr(4);
  const auto large = "\1xS"s + big_endian(4000, 4) + std::string(4000, 'x');
  return big_endian(deep.size() + large.size(), 4) + large + deep;
}

class FrameReaderTest : public testing::Test {
 protected:
  void give(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto room = reader.room();
      const auto count = std::min(room.size(), bytes.size());
      std::copy_n(bytes.begin(), count, room.begin());
      reader.add(count);
      bytes.remove_prefix(count);
    }
  }

  bool next() { return reader.next(frame_read); }

  FrameReader reader{"amqp://broker"};
  amqp_frame_t frame_read{};
};

TEST_F(FrameReaderTest, FramesThatCameTogetherAreTakenApart) {
  give(ack(7) + ack(8) + frame(AMQP_FRAME_BODY, "body") + frame(AMQP_FRAME_HEARTBEAT, ""));
  std::vector<std::uint64_t> tags;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(next());
    ASSERT_EQ(frame_read.payload.method.id, AMQP_BASIC_ACK_METHOD);
    tags.push_back(static_cast<amqp_basic_ack_t*>(frame_read.payload.method.decoded)->delivery_tag);
  }
  EXPECT_THAT(tags, ElementsAre(7, 8));
  ASSERT_TRUE(next());
  EXPECT_EQ(view_of(frame_read.payload.body_fragment), "body");
  ASSERT_TRUE(next());
  EXPECT_EQ(frame_read.frame_type, AMQP_FRAME_HEARTBEAT);
  EXPECT_FALSE(next());
}

TEST_F(FrameReaderTest, AFrameThatComesByteByByteIsOneFrame) {
  const auto bytes = ack(7);
  for (const char byte : bytes) {
    EXPECT_FALSE(next());
    give({&byte, 1});
  }
  EXPECT_TRUE(next());
  EXPECT_FALSE(next());
}

TEST_F(FrameReaderTest, AFrameAsLargeAsWasNegotiatedIsReadAndNoLargerOne) {
  reader.set_frame_max(1UL << 20U);
  const std::string body((1UL << 20U) - 8, 'x');
  give("\3\0\1"s + big_endian(body.size(), 4));
  EXPECT_FALSE(next());
  // Not all at once, since the reader refuses to make room for what it has not seen to be allowed.
  for (std::size_t at = 0; at < body.size(); at += 65536) {
    give(std::string_view(body).substr(at, 65536));
    EXPECT_FALSE(next());
  }
  give("\xCE");
  ASSERT_TRUE(next());
  EXPECT_TRUE(view_of(frame_read.payload.body_fragment) == body);
  give("\3\0\1"s + big_endian(body.size() + 1, 4));
  EXPECT_THAT(error_of([&] { next(); }),
              AllOf(StartsWith("unreachable: "), HasSubstr("1048569 bytes")));
}

TEST_F(FrameReaderTest, AHeaderMayBeLongerThanFrameMaxUpToABound) {
  reader.set_frame_max(4096);
  const auto headers = [](std::size_t size) {
    const auto text = "\1xS"s + big_endian(size, 4) + std::string(size, 'x');
    return header(AMQP_BASIC_CLASS, 0x2000, big_endian(text.size(), 4) + text);
  };
  give(headers(400'000));
  ASSERT_TRUE(next());
  const auto& decoded =
      *static_cast<amqp_basic_properties_t*>(frame_read.payload.properties.decoded);
  EXPECT_EQ(decode_table(decoded.headers).size(), 1);
  give(headers(600'000).substr(0, 100));
  EXPECT_THAT(error_of([&] { next(); }),
              AllOf(StartsWith("failed: "), HasSubstr("properties are 600025 bytes")));
}

TEST_F(FrameReaderTest, WhatIsNoAmqpIsRefusedEachTimeItIsAskedFor) {
  // rabbitmq-c 0.11 writes past its buffer when it is given anything after such a length.
  give("\1\0\1\x40\0\0\0"s + std::string(4000, 'A'));
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(
        error_of([&] { next(); }),
        AllOf(StartsWith("unreachable: "), HasSubstr("amqp://broker does not speak AMQP 0-9-1")));
  }
}

TEST_F(FrameReaderTest, ABrokenFrameIsRefused) {
  for (const auto& bytes :
       {frame(AMQP_FRAME_BODY, "x").replace(8, 1, "x"),  // no end octet
        frame(9, "x"),                                   // no such type
        frame(AMQP_FRAME_METHOD, "\0\x3c"s),             // cut off
        frame(AMQP_FRAME_METHOD, "\0\x3c\0\x63"s),       // no such method
        frame(AMQP_FRAME_HEADER, "\0\x3c\0\0"s), header(AMQP_BASIC_CLASS, 0x8000, "\xffshort"),
        header(AMQP_BASIC_CLASS, 0x8001, "\0\0\1x"s)}) {
    FrameReader fresh("amqp://broker");
    std::copy(bytes.begin(), bytes.end(), fresh.room().begin());
    fresh.add(bytes.size());
    EXPECT_THAT(error_of([&] { fresh.next(frame_read); }),
                AllOf(StartsWith("unreachable: "), HasSubstr("broker")));
  }
}

TEST_F(FrameReaderTest, PropertiesOfAnotherClassAreNotTakenForThoseOfBasic) {
  // They decode to a structure that ends where the properties of basic begin.
  give(header(AMQP_CONNECTION_CLASS, 0xf800, "\1a\1b"));
  EXPECT_THAT(error_of([&] { next(); }),
              AllOf(StartsWith("unreachable: "), HasSubstr("content header")));
}

TEST_F(FrameReaderTest, AnotherVersionsGreetingIsNamed) {
  give("AMQP\0\1\0\0"s);
  EXPECT_THAT(error_of([&] { next(); }),
              AllOf(StartsWith("unreachable: "), HasSubstr("another version")));
}

TEST_F(FrameReaderTest, HeadersNestAsDeepAsTheyCanBeKeptAndNoDeeper) {
  give(header(AMQP_BASIC_CLASS, 0xe000, "\1t\1e" + large_nested_table(kMaxFieldDepth)));
  ASSERT_TRUE(next());
  const auto& decoded =
      *static_cast<amqp_basic_properties_t*>(frame_read.payload.properties.decoded);
  EXPECT_EQ(decode_table(decoded.headers).size(), 2);
  give(header(AMQP_BASIC_CLASS, 0xe000, "\1t\1e" + large_nested_table(kMaxFieldDepth + 1)));
  EXPECT_THAT(error_of([&] { next(); }),
              AllOf(StartsWith("failed: "), HasSubstr("deeper than 64 levels")));
}

TEST_F(FrameReaderTest, WhatAFrameCanHoldOfNestingDoesNotReachTheStack) {
  reader.set_frame_max(16UL << 20U);
  std::string bytes = header(AMQP_BASIC_CLASS, 0x2000, nested_table(20000));
  give(bytes);
  EXPECT_THAT(error_of([&] { next(); }),
              AllOf(StartsWith("failed: "), HasSubstr("deeper than 64 levels")));
}

TEST_F(FrameReaderTest, AGreetingThatNestsTooDeepIsRefused) {
  give(frame(AMQP_FRAME_METHOD, big_endian(AMQP_CONNECTION_START_METHOD, 4) + "\0\x09"s +
                                    nested_table(1000) + "\0\0\0\5PLAIN\0\0\0\0"s));
  EXPECT_THAT(error_of([&] { next(); }),
              AllOf(StartsWith("failed: "), HasSubstr("deeper than 64 levels")));
}

TEST_F(FrameReaderTest, AClientsMethodWithALargeTableIsRefused) {
  give(frame(AMQP_FRAME_METHOD,
             big_endian(AMQP_QUEUE_DECLARE_METHOD, 4) + "\0\0\1q\0"s + nested_table(1000)));
  EXPECT_THAT(error_of([&] { next(); }),
              AllOf(StartsWith("unreachable: "), HasSubstr("a method of")));
}

TEST(RefusalOfTable, ItemsThatReachPastTheirTableAreCountedAsTheDecoderDoes) {
  EXPECT_EQ(refusal_of_table(large_nested_table(kMaxFieldDepth)), "");
  EXPECT_EQ(refusal_of_table(large_nested_table(kMaxFieldDepth + 1)), "nest deeper than 64 levels");
  // Every table says that it is empty but for a part of its first name.
  std::string liar;
  for (int i = 0; i < 1000; ++i) {
    liar += "\0\0\0\1\0F"s;
  }
  EXPECT_EQ(refusal_of_table(liar), "nest deeper than 64 levels");
}

// A frame of 128 KiB holds no more values than that, whatever they are.
TEST(RefusalOfTable, AsManyValuesAreReadAsAFrameHoldsAndNoMore) {
  const auto array_of = [](std::size_t count) {
    const auto array = "\1aA"s + big_endian(count, 4) + std::string(count, 'V');
    return big_endian(array.size(), 4) + array;
  };
  EXPECT_EQ(refusal_of_table(array_of(131'071)), "");
  EXPECT_EQ(refusal_of_table(array_of(131'072)), "have more than 131072 values");
}

TEST(RefusalOfTable, WhatIsCutOffIsLeftToTheDecoder) {
  const auto whole = large_nested_table(kMaxFieldDepth);
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    EXPECT_EQ(refusal_of_table(std::string_view(whole).substr(0, length)), "");
  }
}

}  // namespace
}  // namespace mscomm
