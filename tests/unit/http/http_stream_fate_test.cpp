#include "core/http/stream_fate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/http/curl_library.h"

namespace mscomm {
namespace {

using Kind = Http2Remark::Kind;

TEST(Http2RemarkTest, ReadsWhatLibcurlSays) {
  struct Row {
    const char* text;
    Kind kind;
    std::uint32_t number;
  };
  for (const auto& row : std::vector<Row>{
           {"h2h3 [:method: POST]\n", Kind::headers, 0},
           {"Using Stream ID: 1 (easy handle 0x55d)\n", Kind::stream, 1},
           {"Using Stream ID: 2147483647 (easy handle 0x55d)\n", Kind::stream, 2147483647},
           {"recveived GOAWAY, error=0, last_stream=3\n", Kind::goaway, 3},
           {"received GOAWAY, error=11, last_stream=0", Kind::goaway, 0},
           {"recveived GOAWAY, error=-1, last_stream=4294967295", Kind::goaway, 4294967295},
           {"REFUSED_STREAM, retrying a fresh connect\n", Kind::refused, 0},
           {"Connection died, retrying a fresh connect (retry count: 1)\n", Kind::ended, 0},
           {"Connection died, tried 5 times before giving up\n", Kind::ended, 0},
           {"We are completely uploaded and fine\n", Kind::passing, 0},
           {"TLSv1.3 (IN), TLS handshake, Newsession Ticket (4):\n", Kind::passing, 0},
           {"Using Stream ID: x", Kind::unknown, 0},
           {"recveived GOAWAY, error=0\n", Kind::unknown, 0},
           {"HTTP/2 stream 1 was not closed cleanly: CANCEL (err 8)\n", Kind::unknown, 0},
           {"Failed receiving HTTP2 data\n", Kind::unknown, 0},
           {"", Kind::unknown, 0},
       }) {
    const auto remark = read_http2_remark(row.text);
    EXPECT_EQ(remark.kind, row.kind) << row.text;
    EXPECT_EQ(remark.number, row.number) << row.text;
  }
}

class StreamFateTest : public testing::Test {
 protected:
  StreamFateTest() { fate.sending(); }

  void remarks(const std::vector<std::string>& texts) {
    for (const auto& text : texts) {
      last = fate.remark(text, round);
    }
  }

  static constexpr const char* kHeaders = "h2h3 [:method: POST]";
  static constexpr const char* kStream3 = "Using Stream ID: 3 (easy handle 0x1)";
  static constexpr const char* kDied = "Connection died, retrying a fresh connect (retry count: 1)";
  static constexpr const char* kRefused = "REFUSED_STREAM, retrying a fresh connect";

  CurlEasy easy{CurlLibrary::get().easy_init()};
  StreamFate fate{easy.get()};
  std::uint64_t round = 7;
  std::optional<std::uint32_t> last;
};

TEST_F(StreamFateTest, StreamAboveTheLastOfAGoawayIsUnprocessed) {
  remarks({kHeaders, kStream3, "recveived GOAWAY, error=0, last_stream=1"});
  ASSERT_EQ(last, 1U);
  fate.went_away(*last);
  EXPECT_TRUE(fate.is_unprocessed());
  EXPECT_TRUE(fate.is_unprocessed(CURLE_HTTP2));
}

TEST_F(StreamFateTest, StreamUpToTheLastOfAGoawayIsInDoubt) {
  remarks({kHeaders, kStream3, "recveived GOAWAY, error=0, last_stream=3"});
  fate.went_away(last.value_or(0));
  EXPECT_FALSE(fate.is_unprocessed());
  EXPECT_FALSE(fate.is_unprocessed(CURLE_HTTP2));
}

TEST_F(StreamFateTest, GoawayOfAConnectionThatIsOnlyLookedAtConcernsNobody) {
  remarks({"recveived GOAWAY, error=0, last_stream=1"});
  EXPECT_EQ(last, std::nullopt);
  remarks({kHeaders, kStream3, kDied, "recveived GOAWAY, error=0, last_stream=1"});
  EXPECT_EQ(last, std::nullopt);
}

TEST_F(StreamFateTest, GoawayBeforeOrAfterAStreamDoesNotTouchIt) {
  fate.went_away(0);
  remarks({kHeaders, kStream3, "Failed receiving HTTP2 data", kDied});
  fate.went_away(0);
  EXPECT_FALSE(fate.is_unprocessed());
}

TEST_F(StreamFateTest, RefusedStreamIsUnprocessed) {
  remarks({kHeaders, kStream3, "We are completely uploaded and fine", kRefused, kDied});
  EXPECT_TRUE(fate.is_unprocessed());
}

TEST_F(StreamFateTest, RefusedStreamIsUnprocessedThoughLibcurlWentOnJustBefore) {
  remarks({kHeaders, kStream3});
  fate.went_on(round);
  remarks({kRefused, kDied});
  EXPECT_TRUE(fate.is_unprocessed());
}

TEST_F(StreamFateTest, RefusedStreamOnAUsedConnectionIsAllThatHasNoRemark) {
  remarks({kHeaders, kStream3, kDied});
  EXPECT_TRUE(fate.is_unprocessed());
}

TEST_F(StreamFateTest, WhatHasAnotherRemarkIsInDoubtWhateverFollows) {
  for (const char* text :
       {"Recv failure: Connection reset by peer", "something new", "Failed sending HTTP2 data"}) {
    fate.sending();
    remarks({kHeaders, kStream3, text, kDied});
    fate.sending();  // libcurl now may say that the next was refused
    remarks({kHeaders, kStream3, text, kRefused, kDied});
    EXPECT_FALSE(fate.is_unprocessed()) << text;
    EXPECT_FALSE(fate.is_unprocessed(CURLE_RECV_ERROR)) << text;
  }
}

TEST_F(StreamFateTest, AnswerThatEndsBeforeItBeginsIsInDoubt) {
  for (const char* end : {kDied, kRefused}) {
    remarks({kHeaders, kStream3, kDied});
    fate.sending();
    remarks({kHeaders, kStream3});
    fate.went_on(round);
    remarks({end, kDied});
    EXPECT_FALSE(fate.is_unprocessed()) << end;
    fate.sending();
    remarks({kHeaders, kStream3});
    fate.went_on(round - 1);
    remarks({end, kDied});
    EXPECT_TRUE(fate.is_unprocessed()) << end;
    fate.sending();
  }
}

TEST_F(StreamFateTest, StreamThatWantsHttp1IsInDoubt) {
  remarks({kHeaders, kStream3, "HTTP/2 stream 3 was not closed cleanly: HTTP_1_1_REQUIRED (err 13)",
           "Downgrades to HTTP/1.1"});
  EXPECT_TRUE(fate.wants_http1_1());
  EXPECT_FALSE(fate.is_unprocessed());
}

TEST_F(StreamFateTest, RequestThatGotNoStreamWasNotSent) {
  remarks({kHeaders, kDied});
  EXPECT_TRUE(fate.is_unprocessed());
}

TEST_F(StreamFateTest, ConnectionThatDoesNotSpeakHttp2IsInDoubt) {
  remarks({kDied});
  EXPECT_FALSE(fate.is_unprocessed());
  EXPECT_FALSE(fate.is_unprocessed(CURLE_RECV_ERROR));
}

TEST_F(StreamFateTest, FateOfOneSendIsNotThatOfTheNext) {
  remarks({kHeaders, kStream3, kRefused, kDied});
  fate.sending();
  EXPECT_FALSE(fate.is_unprocessed());
  remarks({kHeaders, kStream3, "Recv failure: Connection reset by peer"});
  EXPECT_FALSE(fate.is_unprocessed(CURLE_RECV_ERROR));
}

TEST_F(StreamFateTest, TransferThatEndedWithoutARemarkWasRefused) {
  remarks({kHeaders, kStream3});
  EXPECT_TRUE(fate.is_unprocessed(CURLE_RECV_ERROR));
  EXPECT_FALSE(fate.is_unprocessed(CURLE_HTTP2));
  EXPECT_FALSE(fate.is_unprocessed(CURLE_GOT_NOTHING));
  EXPECT_FALSE(fate.is_unprocessed(CURLE_PARTIAL_FILE));
}

}  // namespace
}  // namespace mscomm
