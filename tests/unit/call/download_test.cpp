#include "core/call/download.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "unit/run_context.h"

namespace mscomm {
namespace {

class DownloadTest : public testing::Test {
 protected:
  static HttpResponse response(int status) {
    HttpResponse made;
    made.status = status;
    made.reason = "Whatever";
    made.http_version = "1.1";
    return made;
  }

  // What is shown of a failure's body that comes in these pieces.
  std::string refused(std::initializer_list<std::string_view> pieces, bool head = false) {
    Download download(output, StatusSet(), head);
    download.begin(response(503));
    for (const auto piece : pieces) {
      download.body(piece);
    }
    EXPECT_EQ(writer.buffer(), "");
    Error error(Exit::failed, "503");
    download.add_refused(error);
    EXPECT_EQ(error.head(), "503");
    return std::string(error.what()).substr(3);
  }

  test::RunContext run;
  Writer writer{UniqueFd(open("/dev/null", O_WRONLY | O_CLOEXEC)), "null", run.stop};
  ResponseOutput output{writer, {}};
};

TEST_F(DownloadTest, WhatIsRefusedIsMarkedAsAQuotation) {
  EXPECT_EQ(refused({}), "");
  EXPECT_EQ(refused({"a\r\n\nb", "c\n"}), "\n  | a\n  | \n  | bc");
  EXPECT_EQ(refused({"a"}, true), "\n  | HTTP/1.1 503 Whatever\n  | \n  | a");
}

TEST_F(DownloadTest, OfALongBodyTheBeginningIsShownInWholeCharacters) {
  constexpr std::size_t kMost = 16UL * 1024;
  const auto shown = refused({std::string(kMost - 1, 'x'), "\xc3\xa9", "rest"});
  EXPECT_EQ(shown, "\n  | " + std::string(kMost - 1, 'x') + "\n  (and 6 bytes more)");
}

TEST_F(DownloadTest, WhatIsNoTextIsOnlyMentioned) {
  constexpr auto kSaid = "\n  (a body of 3 bytes that is no text)";
  EXPECT_EQ(refused({std::string_view("a\0b", 3)}), kSaid);
  EXPECT_EQ(refused({"a\xc3", "b"}), kSaid);
  EXPECT_EQ(refused({"ab\xc3"}), kSaid);
}

TEST_F(DownloadTest, OnlyAnAnswerWithoutABodyHasNone) {
  auto with_body = response(205);
  with_body.body_bytes = 1;
  EXPECT_FALSE(has_no_body("GET", with_body));
  EXPECT_FALSE(has_no_body("GET", response(200)));
  EXPECT_TRUE(has_no_body("HEAD", response(200)));
  for (const int status : {101, 204, 205, 304}) {
    EXPECT_TRUE(has_no_body("GET", response(status)));
  }
}

}  // namespace
}  // namespace mscomm
