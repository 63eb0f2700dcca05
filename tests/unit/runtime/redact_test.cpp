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
  EXPECT_FALSE(is_secret_header("authorization-hint"));
  EXPECT_FALSE(is_secret_header(""));
}

TEST(HideSecrets, FindsAHeaderBehindOtherShortOptions) {
  EXPECT_EQ(hidden({"-iH", "Authorization: Bearer t"}), "-iH Authorization:*********");
  EXPECT_EQ(hidden({"-iLHCookie:a=1"}), "-iLHCookie:***");
  EXPECT_EQ(hidden({"-iHAccept: x", "-qHello"}), "-iHAccept: x -qHello");
}

TEST(HideSecrets, OverwritesThePasswordOfAUrlWithoutAScheme) {
  EXPECT_EQ(hidden({"get", "me:secret@host/a@b"}), "get me:******@host/a@b");
  EXPECT_EQ(hidden({"--proxy", "me:secret@host:1"}), "--proxy me:******@host:1");
  EXPECT_EQ(hidden({"--proxy=me:secret@host:1"}), "--proxy=me:******@host:1");
  EXPECT_EQ(hidden({":8080/a@b", "--json", "{\"a\": 1}", "--", "-"}),
            ":8080/a@b --json {\"a\": 1} -- -");
}

TEST(HideSecrets, LeavesOtherHeadersAndUserIdAlone) {
  EXPECT_EQ(hidden({"publish", "-H", "a: b", "--user-id", "x:y"}), "publish -H a: b --user-id x:y");
}

}  // namespace
}  // namespace mscomm
