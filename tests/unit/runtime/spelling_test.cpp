#include "core/runtime/spelling.h"

#include <gtest/gtest.h>

#include <vector>

namespace mscomm {
namespace {

const std::vector<std::string> commands{"get", "publish", "consume", "fanout", "probe"};

TEST(Spelling, FindsWhatWasMeant) {
  EXPECT_EQ(nearest("publsih", commands), "publish");
  EXPECT_EQ(nearest("pubilsh", commands), "publish");
  EXPECT_EQ(nearest("consumer", commands), "consume");
  EXPECT_EQ(nearest("prob", commands), "probe");
  EXPECT_EQ(nearest("gte", commands), "get");
  EXPECT_EQ(nearest("get", commands), "get");
}

TEST(Spelling, SuggestsNothingThatIsTooFar) {
  EXPECT_EQ(nearest("subscribe", commands), "");
  EXPECT_EQ(nearest("xyz", commands), "");
  EXPECT_EQ(nearest("", commands), "");
  EXPECT_EQ(nearest("get", {}), "");
}

TEST(Spelling, PrefersTheNearest) {
  const std::vector<std::string> names{"heartbeat", "headers", "header"};
  EXPECT_EQ(nearest("heaader", names), "header");
}

}  // namespace
}  // namespace mscomm
