#include "core/http/curl_text.h"

#include <gtest/gtest.h>

namespace mscomm {
namespace {

TEST(LoggableCurlText, DropsTheRequestsHeadersThatHttp2Repeats) {
  for (const char* text :
       {"h2h3 [authorization: Bearer S3cret]\n", "[HTTP/2] [1] [authorization: Bearer S3cret]",
        "h2h3 [:path: /?key=S3cret]", "h2h3 [cookie: a=S3cret and so on, cut off..."}) {
    EXPECT_EQ(loggable_curl_text(text), "") << text;
  }
}

TEST(LoggableCurlText, NamesTheProxysVariableButNotItsValue) {
  for (const char* text : {"Uses proxy env variable http_proxy == 'http://u:pw@proxy:3128'\n",
                           "Uses proxy env variable http_proxy == 'u:pw@proxy:3128'"}) {
    EXPECT_EQ(loggable_curl_text(text), "Uses proxy env variable http_proxy") << text;
  }
}

TEST(LoggableCurlText, HidesPasswordsInUrls) {
  EXPECT_EQ(loggable_curl_text("Issue another request to this URL: 'http://u:pw@h/'"),
            "Issue another request to this URL: 'http://u:***@h/'");
}

TEST(LoggableCurlText, HidesWhatIsMeantToBeAProxy) {
  EXPECT_EQ(loggable_curl_text("Unsupported proxy syntax in 'u:p/w@h:1'"),
            "Unsupported proxy syntax in '***@h:1'");
  EXPECT_EQ(loggable_curl_text("Unsupported proxy scheme for 'u:/pw'"),
            "Unsupported proxy scheme for '***'");
}

TEST(LoggableCurlText, LeavesTheRestAlone) {
  for (const char* text : {"Trying [::1]:80...", "Using Stream ID: 1 (easy handle 0x1)",
                           "Connected to h (::1) port 80 (#0)", "TLSv1.3 (OUT), [no content]"}) {
    EXPECT_EQ(loggable_curl_text(text), text);
  }
}

}  // namespace
}  // namespace mscomm
