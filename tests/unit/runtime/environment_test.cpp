#include "core/runtime/environment.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace mscomm {
namespace {

TEST(Environment, IsCapturedOnce) {
  setenv("MSCOMM_TEST_VARIABLE", "a=b", 1);
  const auto environment = Environment::capture();
  unsetenv("MSCOMM_TEST_VARIABLE");
  EXPECT_EQ(environment.get("MSCOMM_TEST_VARIABLE"), "a=b");
  EXPECT_EQ(Environment::capture().get("MSCOMM_TEST_VARIABLE"), std::nullopt);
}

TEST(Environment, TakesAnEmptyVariableForAbsent) {
  Environment environment;
  environment.variables["EMPTY"] = "";
  EXPECT_EQ(environment.get("EMPTY"), std::nullopt);
  EXPECT_EQ(environment.get("MISSING"), std::nullopt);
}

TEST(Environment, FindsTheConfigurationFolder) {
  Environment environment;
  EXPECT_EQ(environment.config_folder(), "");
  environment.variables["HOME"] = "/users/me";
  EXPECT_EQ(environment.config_folder(), "/users/me/.config/mscomm");
  environment.variables["XDG_CONFIG_HOME"] = "relative";
  EXPECT_EQ(environment.config_folder(), "/users/me/.config/mscomm");
  environment.variables["XDG_CONFIG_HOME"] = "/etc/xdg";
  EXPECT_EQ(environment.config_folder(), "/etc/xdg/mscomm");
}

TEST(Environment, FindsTheFoldersForState) {
  Environment environment;
  EXPECT_EQ(environment.state_folder(), "");
  EXPECT_EQ(environment.runtime_folder(), "");
  environment.variables["HOME"] = "/users/me";
  EXPECT_EQ(environment.state_folder(), "/users/me/.local/state/mscomm");
  environment.variables["XDG_STATE_HOME"] = "/var/state";
  EXPECT_EQ(environment.state_folder(), "/var/state/mscomm");
  environment.variables["XDG_RUNTIME_DIR"] = "/run/user/1";
  EXPECT_EQ(environment.runtime_folder(), "/run/user/1/mscomm");
}

}  // namespace
}  // namespace mscomm
