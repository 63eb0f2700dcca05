#include "core/http/response_head.h"

#include <gtest/gtest.h>

namespace mscomm {
namespace {

HttpResponse head_of(std::initializer_list<std::string_view> lines) {
  HttpResponse response;
  for (const auto line : lines) {
    add_head_line(response, line);
  }
  return response;
}

TEST(ResponseHead, BeginsWithAStatusLine) {
  const auto full = head_of({"HTTP/1.1 404 No such thing"});
  EXPECT_EQ(full.http_version, "1.1");
  EXPECT_EQ(full.status, 404);
  EXPECT_EQ(full.reason, "No such thing");
  const auto short_one = head_of({"HTTP/2 503 "});
  EXPECT_EQ(short_one.http_version, "2");
  EXPECT_EQ(short_one.reason, "Service Unavailable");
}

TEST(ResponseHead, AVersionIsANumber) {
  for (const auto* line : {"HTTP/ 200 OK", "HTTP/x 200 OK", "HTTP 200 OK", " 200 OK"}) {
    EXPECT_EQ(head_of({line}).http_version, "0.9") << line;
    EXPECT_EQ(head_of({line}).status, 200) << line;
  }
}

TEST(ResponseHead, HasOneStatusLine) {
  const auto response = head_of({"HTTP/1.1 200 OK", "HTTP/1.1 500: x"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.at(0).name, "HTTP/1.1 500");
}

TEST(ResponseHead, CanFollowAnother) {
  auto response = head_of({"HTTP/1.1 103 Early Hints", "Link: </a>"});
  clear_head(response);
  add_head_line(response, "HTTP/1.1 200 OK");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.headers.empty());
}

TEST(ResponseHead, AFoldedLineBelongsToTheHeaderBeforeIt) {
  const auto response =
      head_of({"HTTP/1.1 200 OK", "X-A: 1", "\t Location: http://evil.test/ ", "X-B:", " 2"});
  ASSERT_EQ(response.headers.size(), 2);
  EXPECT_EQ(response.headers[0].value, "1 Location: http://evil.test/");
  EXPECT_EQ(response.headers[1].value, "2");
}

TEST(ResponseHead, ContentLengthIsOneNumber) {
  const auto bad = [](const HttpHeaders& headers) {
    return bad_content_length(headers).value_or("good");
  };
  EXPECT_EQ(bad({}), "good");
  EXPECT_EQ(bad({{"Content-Length", "3"}}), "good");
  EXPECT_EQ(bad({{"Content-Length", "3"}, {"content-length", "3, 3"}}), "good");
  EXPECT_EQ(bad({{"Content-Length", "3"}, {"Content-Length", "4"}}), "3, 4");
  for (const std::string value :
       {"", "-3", "+3", "3x", "0x3", "3, 4", "3,", "-0", "9223372036854775808"}) {
    EXPECT_EQ(bad({{"Content-Length", value}}), value);
  }
  EXPECT_EQ(bad({{"Content-Length", "x"}, {"Transfer-Encoding", "chunked"}}), "good");
}

}  // namespace
}  // namespace mscomm
