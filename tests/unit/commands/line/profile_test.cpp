#include "commands/line/profile.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "core/runtime/environment.h"
#include "core/runtime/files.h"
#include "unit/error_matchers.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

using test::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ProfileTest : public ::testing::Test {
 protected:
  Profile load(const std::string& toml, const std::optional<std::string>& name = std::nullopt,
               mode_t mode = 0600) {
    path_ = folder_.write("config.toml", toml, mode);
    return load_profile(environment_, path_, name, read_file);
  }

  std::string refusal(const std::string& toml,
                      const std::optional<std::string>& name = std::nullopt, mode_t mode = 0600) {
    auto text = error_of([&] { load(toml, name, mode); });
    for (auto at = text.find(path_); at != text.npos; at = text.find(path_)) {
      text.replace(at, path_.size(), "FILE");
    }
    return text;
  }

  test::TemporaryFolder folder_;
  Environment environment_;
  std::string path_;
};

constexpr const char* kTwoProfiles = R"(default_profile = "staging"
[profile.staging]
url = "amqp://staging/"
connect_timeout = "5s"
insecure = true
window = 100
rate = 2.5
header = ["a: 1", "b: 2"]
[profile.staging.publish]
window = 7
[profile.production]
url = "amqp://production/"
)";

TEST_F(ProfileTest, ReadsTheProfileThatIsNamed) {
  const auto profile = load(kTwoProfiles, "production");
  EXPECT_EQ(profile.name, "production");
  ASSERT_EQ(profile.shared.size(), 1U);
  EXPECT_THAT(profile.shared.at("url").values, ElementsAre("amqp://production/"));
}

TEST_F(ProfileTest, ReadsTheDefaultProfileWhenNoneIsNamed) {
  const auto profile = load(kTwoProfiles);
  EXPECT_EQ(profile.name, "staging");
  EXPECT_THAT(profile.shared.at("connect-timeout").values, ElementsAre("5s"));
  EXPECT_THAT(profile.shared.at("insecure").values, ElementsAre("true"));
  EXPECT_THAT(profile.shared.at("window").values, ElementsAre("100"));
  EXPECT_THAT(profile.shared.at("rate").values, ElementsAre("2.5"));
  EXPECT_THAT(profile.shared.at("header").values, ElementsAre("a: 1", "b: 2"));
  EXPECT_THAT(profile.by_command.at("publish").at("window").values, ElementsAre("7"));
}

TEST_F(ProfileTest, SaysWhereASettingComesFrom) {
  const auto profile = load(kTwoProfiles);
  EXPECT_EQ(profile.shared.at("url").origin, "profile 'staging', " + path_ + ":3");
  EXPECT_EQ(profile.by_command.at("publish").at("window").origin,
            "profile 'staging', " + path_ + ":10");
}

TEST_F(ProfileTest, TakesTheProfilesNameFromTheEnvironment) {
  environment_.variables["MSCOMM_PROFILE"] = "production";
  EXPECT_EQ(load(kTwoProfiles).name, "production");
  EXPECT_EQ(load(kTwoProfiles, "staging").name, "staging");
}

TEST_F(ProfileTest, FindsTheFileThroughTheEnvironment) {
  path_ = folder_.write("other.toml", kTwoProfiles);
  environment_.variables["MSCOMM_CONFIG"] = path_;
  EXPECT_EQ(load_profile(environment_, {}, {}, read_file).name, "staging");
  environment_.variables.erase("MSCOMM_CONFIG");
  environment_.variables["XDG_CONFIG_HOME"] = folder_.path();
  std::filesystem::create_directory(folder_.path() + "/mscomm");
  std::filesystem::copy(path_, folder_.path() + "/mscomm/config.toml");
  EXPECT_EQ(load_profile(environment_, {}, {}, read_file).name, "staging");
}

TEST_F(ProfileTest, IsEmptyWithoutFileAndWithoutName) {
  environment_.variables["XDG_CONFIG_HOME"] = folder_.path();
  const auto profile = load_profile(environment_, {}, {}, read_file);
  EXPECT_EQ(profile.name, "");
  EXPECT_TRUE(profile.shared.empty());
  EXPECT_TRUE(load("[profile.a]\nurl='x'\n").shared.empty()) << "no profile is chosen";
}

TEST_F(ProfileTest, HasNoPlaceWithoutAHome) {
  environment_.variables.erase("HOME");
  environment_.variables.erase("XDG_CONFIG_HOME");
  EXPECT_TRUE(load_profile(environment_, {}, {}, read_file).shared.empty());
  EXPECT_THAT(error_of([&] { load_profile(environment_, {}, "p", read_file); }),
              testing::HasSubstr("there is no profile 'p': HOME is not set"));
}

TEST_F(ProfileTest, RefusesAMissingFileOnlyWhenItIsWanted) {
  environment_.variables["XDG_CONFIG_HOME"] = folder_.path();
  const auto missing = folder_.path() + "/missing.toml";
  EXPECT_EQ(error_of([&] { load_profile(environment_, missing, {}, read_file); }),
            "usage: there is no configuration file '" + missing + "'");
  EXPECT_THAT(error_of([&] { load_profile(environment_, {}, "staging", read_file); }),
              StartsWith("usage: there is no profile 'staging': no file " + folder_.path() +
                         "/mscomm/config.toml | write a table [profile.NAME] there"));
}

TEST_F(ProfileTest, SuggestsTheNearestProfile) {
  EXPECT_EQ(refusal(kTwoProfiles, "stagign"),
            "usage: FILE has no profile 'stagign' | did you mean 'staging'?");
  EXPECT_EQ(refusal(kTwoProfiles, "x"),
            "usage: FILE has no profile 'x' | it has: production, staging");
  EXPECT_EQ(refusal("", "x"), "usage: FILE has no profile 'x' | write a table [profile.x] there");
}

TEST_F(ProfileTest, NamesTheLineOfAMistake) {
  EXPECT_THAT(refusal("[profile.a]\nurl = \n"), StartsWith("usage: FILE:2:7: "));
  EXPECT_THAT(refusal("\nurl = 'x'\n"), StartsWith("usage: FILE:2: unknown key 'url' | options"));
  EXPECT_THAT(refusal("profile = 'x'\n"), StartsWith("usage: FILE:1: unknown key 'profile'"));
  EXPECT_EQ(refusal("[profile.a]\nurl = [{a = 1}]\n", "a"),
            "usage: FILE:2: url: the value is neither text, number, boolean nor list");
  EXPECT_THAT(refusal("[profile.a]\nurl = [[1]]\n", "a"), StartsWith("usage: FILE:2: url: "));
  EXPECT_THAT(refusal("[profile.a.publish.deep]\nx = 1\n", "a"), StartsWith("usage: FILE:1: deep"));
}

TEST_F(ProfileTest, DatesAreTheirText) {
  const auto profile = load("[profile.a]\noffset = 2026-05-27T07:32:00Z\n", "a");
  EXPECT_THAT(profile.shared.at("offset").values, ElementsAre("2026-05-27T07:32:00Z"));
}

TEST_F(ProfileTest, RefusesAFileWithASecretThatOthersCanRead) {
  for (const std::string secret : {"password = 'x'", "bearer = 'x'", "user = 'me:x'",
                                   "url = 'amqp://me:x@h/'", "url = ['amqp://h/', 'amqp://me:x@h']",
                                   "header = 'Authorization: x'", "header = ['a: 1', 'cookie: x']",
                                   "header = 'X-Api-Key: x'", "publish = { password = 'x' }"}) {
    const auto toml = "[profile.a]\n" + secret + "\n";
    EXPECT_EQ(refusal(toml, "a", 0640),
              "usage: FILE holds a secret and is readable by others | chmod 600 FILE")
        << secret;
    EXPECT_EQ(refusal(toml, "a", 0604).substr(0, 25), "usage: FILE holds a secre") << secret;
    EXPECT_EQ(load(toml, "a").name, "a");
  }
}

TEST_F(ProfileTest, TakesAFileWithoutASecretFromEverybody) {
  for (const std::string open : {"url = 'amqp://me@h/'", "user = 'me'", "header = 'x-a: 1'",
                                 "url = 'http://h/a:b@c'", "password_file = '/run/secret'"}) {
    EXPECT_EQ(load("[profile.a]\n" + open + "\n", "a", 0644).name, "a") << open;
  }
}

}  // namespace
}  // namespace mscomm
