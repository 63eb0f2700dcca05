#include "core/runtime/spelling.h"

#include <gtest/gtest.h>

#include <vector>

namespace mscomm {
namespace {

const std::vector<std::string> kCommands{"get", "publish", "consume", "fanout", "probe"};

TEST(Spelling, FindsWhatWasMeant) {
  EXPECT_EQ(nearest("publsih", kCommands), "publish");
  EXPECT_EQ(nearest("pubilsh", kCommands), "publish");
  EXPECT_EQ(nearest("consumer", kCommands), "consume");
  EXPECT_EQ(nearest("prob", kCommands), "probe");
  EXPECT_EQ(nearest("gte", kCommands), "get");
  EXPECT_EQ(nearest("get", kCommands), "get");
}

TEST(Spelling, SuggestsNothingThatIsTooFar) {
  EXPECT_EQ(nearest("subscribe", kCommands), "");
  EXPECT_EQ(nearest("xyz", kCommands), "");
  EXPECT_EQ(nearest("", kCommands), "");
  EXPECT_EQ(nearest("get", {}), "");
}

TEST(Spelling, PrefersTheNearest) {
  const std::vector<std::string> names{"heartbeat", "headers", "header"};
  EXPECT_EQ(nearest("heaader", names), "header");
}

}  // namespace
}  // namespace mscomm
