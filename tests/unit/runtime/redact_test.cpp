#include "core/runtime/redact.h"

#include <gtest/gtest.h>

#include <vector>

namespace mscomm {
namespace {

// The command line as ps would show it after hide_secrets().
std::string hidden(std::vector<std::string> words) {
  std::vector<char*> arguments;
  arguments.reserve(words.size());
  for (auto& word : words) {
    arguments.push_back(word.data());
  }
  hide_secrets(arguments);
  std::string line;
  for (const auto* argument : arguments) {
    line += (line.empty() ? "" : " ") + std::string(argument);
  }
  return line;
}

TEST(WithoutPasswords, HidesThePasswordOfAUrl) {
  EXPECT_EQ(without_passwords("amqp://guest:secret@mq:5672/"), "amqp://guest:***@mq:5672/");
}

TEST(WithoutPasswords, HidesItInEveryUrl) {
  EXPECT_EQ(without_passwords("amqp://a:x@m,b amqps://c:y@n"), "amqp://a:***@m,b amqps://c:***@n");
}

TEST(WithoutPasswords, HidesAPasswordThatHoldsAnAtSign) {
  EXPECT_EQ(without_passwords("http://u:p@ss@host/x"), "http://u:***@host/x");
}

TEST(WithoutPasswords, HidesTheSecondHostsPasswordToo) {
  EXPECT_EQ(without_passwords("amqp://u:x@a,u:y@b/v"), "amqp://u:***@b/v");
}

TEST(ShownUrl, HidesAPasswordThatHoldsWhatShouldHaveBeenEncoded) {
  for (const char* password : {"pw",   "p/w",  "p?w", "p#w", "p@w", "p@w/x",      "p:w",   "p w",
                               "[pw",  "pw]",  "%zz", "%2F", "p'w", "p\"w",       "12:w/", "p\\w",
                               "p//w", "://w", "/pw", "?",   "",    "99999999/w", "\xff\n"}) {
    for (const char* before :
         {"http://u:", "amqps://u:", "//u:", "http:/u:", "u:", "http:u:", "http://:"}) {
      const auto url = std::string(before) + password + "@host:80/x?y";
      if (std::string_view(before) != "http:u:" && std::string_view(before) != "http:/u:") {
        EXPECT_EQ(shown_url(url), std::string(before) + "***@host:80/x?y") << url;
      }
      EXPECT_TRUE(*password == '\0' ||
                  shown_url(url).find(std::string(password) + '@') == std::string::npos)
          << url;
      EXPECT_EQ(shown_url(shown_url(url)), shown_url(url));
    }
  }
}

// A number may be a port, and then '@' stands in a path, as in many addresses.
TEST(ShownUrl, TakesANumberForAPort) {
  EXPECT_EQ(shown_url("http://registry:4873/@scope/name"), "http://registry:4873/@scope/name");
}

TEST(ShownUrl, HidesThePasswordOfAUrlInTheQuery) {
  EXPECT_EQ(shown_url("login?next=http://u:pw@h/"), "login?next=http://u:***@h/");
  EXPECT_EQ(shown_url("http://h/?next=http://u:pw@h/"), "http://h/?next=http://u:***@h/");
}

TEST(ShownUrl, HidesTheRestWhereTheHostWasForgotten) {
  EXPECT_EQ(shown_url("http://u:pw"), "http://u:***");
  EXPECT_EQ(shown_url("http://u:p/w"), "http://u:***");
  EXPECT_EQ(shown_url("http://u:a://w"), "http://u:***");
  EXPECT_EQ(shown_url("http://u:1234567/w"), "http://u:***");
  EXPECT_EQ(shown_url("http://u@x:pw/"), "http://u@x:***");
}

TEST(ShownUrl, LeavesAUrlWithoutOneAlone) {
  for (const char* url :
       {"http://host:80/a:b@c", "http://host/a:b@c", "http://[::1]:80/x@y", "http://[::1]/x:y",
        "http://user@host", ":8080/a@b", "localhost:1/a@b", "/a:b", "/a:b@c", "", "http://::1/",
        "http://host:99999/", "a b", "http://h/?q=a:b@c", "http://host:/x", "//host/x:1"}) {
    EXPECT_EQ(shown_url(url), url);
    EXPECT_FALSE(has_secret(url)) << url;
  }
}

TEST(ShownUrl, HidesParametersThatAreCredentials) {
  EXPECT_EQ(shown_url("http://h/?a=1&Access_Token=x&b=2"), "http://h/?a=1&Access_Token=***&b=2");
  EXPECT_EQ(shown_url("http://h/#access_token=x;y z"), "http://h/#access_token=***");
  EXPECT_EQ(shown_url("http://h/?X-Amz-Signature=1&sig=2"),
            "http://h/?X-Amz-Signature=***&sig=***");
  EXPECT_EQ(shown_url("http://u:a@h/?api-key="), "http://u:***@h/?api-key=***");
  EXPECT_EQ(shown_url("http://h/?page_token=x&key=y&tokens=z"),
            "http://h/?page_token=x&key=y&tokens=z");
  EXPECT_EQ(without_passwords("GET /?token=a HTTP/1.1"), "GET /?token=*** HTTP/1.1");
  EXPECT_TRUE(has_secret("access_token=x"));
}

TEST(WithoutPasswords, HidesAPasswordThatShouldHaveBeenEncoded) {
  EXPECT_EQ(without_passwords("see 'http://u:p/w@h/' and"), "see 'http://u:***@h/' and");
  EXPECT_EQ(without_passwords("connect-src http://localhost:* ws://h:*;"),
            "connect-src http://localhost:* ws://h:*;");
}

TEST(WithoutPasswords, LeavesAUrlWithoutOneAlone) {
  for (const char* url : {"http://host:80/a:b@c", "amqp://user@host:5672", "no url: a@b", ""}) {
    EXPECT_EQ(without_passwords(url), url);
  }
}

TEST(HideSecrets, OverwritesThePasswordOfAUrlInPlace) {
  EXPECT_EQ(hidden({"mscomm", "consume", "--url=amqp://u:pw@h/", "q"}),
            "mscomm consume --url=amqp://u:**@h/ q");
}

TEST(HideSecrets, KnowsUserInBothForms) {
  EXPECT_EQ(hidden({"get", "--user", "me:pw", "--user=me:pw"}), "get --user me:** --user=me:**");
}

TEST(HideSecrets, LeavesAUserWithoutPasswordAlone) {
  EXPECT_EQ(hidden({"get", "--user", "me", "a:b"}), "get --user me a:b");
}

TEST(HideSecrets, HidesCredentialsInHeaders) {
  EXPECT_EQ(hidden({"get", "-H", "authorization: x", "--header=Cookie: y", "-HX-Api-Key:z"}),
            "get -H authorization:** --header=Cookie:** -HX-Api-Key:*");
}

TEST(HideSecrets, HidesCredentialsInAHeaderWhateverEndsItsName) {
  EXPECT_EQ(hidden({"publish", "-H", "cookie=y", "-Hset-cookie;y", "-HAuthorization x y"}),
            "publish -H cookie=* -Hset-cookie;* -HAuthorization ***");
}

TEST(IsSecretHeader, KnowsTheNameInAnyCaseButNotItsBeginning) {
  EXPECT_TRUE(is_secret_header("Proxy-Authorization"));
  EXPECT_TRUE(is_secret_header("x-amz-security-token"));
  EXPECT_TRUE(is_secret_header("PRIVATE-TOKEN"));
  EXPECT_TRUE(is_secret_header("x_client_secret"));
  EXPECT_TRUE(is_secret_header("Ocp-Apim-Subscription-Key"));
  EXPECT_FALSE(is_secret_header("Idempotency-Key"));
  EXPECT_FALSE(is_secret_header("WWW-Authenticate"));
  EXPECT_FALSE(is_secret_header("authorization-hint"));
  EXPECT_FALSE(is_secret_header(""));
}

TEST(HideSecrets, FindsAHeaderBehindOtherShortOptions) {
  EXPECT_EQ(hidden({"-iH", "Authorization: Bearer t"}), "-iH Authorization:*********");
  EXPECT_EQ(hidden({"-iLHCookie:a=1"}), "-iLHCookie:***");
  EXPECT_EQ(hidden({"-iHAccept: x", "-qHello"}), "-iHAccept: x -qHello");
}

TEST(HideSecrets, OverwritesThePasswordOfAUrlWithoutAScheme) {
  EXPECT_EQ(hidden({"get", "me:secret@host/a@b"}), "get me:*************@b");
  EXPECT_EQ(hidden({"--proxy", "me:secret@host:1"}), "--proxy me:******@host:1");
  EXPECT_EQ(hidden({"--proxy=me:secret@host:1"}), "--proxy=me:******@host:1");
  EXPECT_EQ(hidden({":8080/a@b", "--json", "{\"a\": 1}", "--", "-"}),
            ":8080/a@b --json {\"a\": 1} -- -");
}

TEST(HideSecrets, OverwritesWhatShouldHaveBeenEncodedAndParameters) {
  EXPECT_EQ(hidden({"get", "http://u:p/w@h/"}), "get http://u:***@h/");
  EXPECT_EQ(hidden({"-uamqp://u:p w@h/"}), "-uamqp://u:***@h/");
  EXPECT_EQ(hidden({"--url=amqp://u:p/w@a,amqp://u:v@b"}), "--url=amqp://u:****************@b");
  EXPECT_EQ(hidden({"get", ":1/?token=abc&x=1", "--query", "sig=abc", "--form=password=abc"}),
            "get :1/?token=***&x=1 --query sig=*** --form=password=***");
}

TEST(HideSecrets, LeavesOtherHeadersAndUserIdAlone) {
  EXPECT_EQ(hidden({"publish", "-H", "a: b", "--user-id", "x:y"}), "publish -H a: b --user-id x:y");
}

}  // namespace
}  // namespace mscomm
