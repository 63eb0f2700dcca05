#include <gtest/gtest.h>

#include "core/http/status_set.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

TEST(StatusSet, IsTheSuccessfulOnesByDefault) {
  const StatusSet set;
  EXPECT_TRUE(set.contains(200));
  EXPECT_TRUE(set.contains(299));
  EXPECT_FALSE(set.contains(199));
  EXPECT_FALSE(set.contains(300));
}

TEST(StatusSet, ReadsListsClassesAndRanges) {
  const auto set = StatusSet::parse("200, 404,5xx,301-303", "--expect");
  for (const int status : {200, 404, 500, 599, 301, 302, 303}) {
    EXPECT_TRUE(set.contains(status)) << status;
  }
  for (const int status : {201, 403, 499, 600, 300, 304}) {
    EXPECT_FALSE(set.contains(status)) << status;
  }
}

TEST(StatusSet, RefusesWhatIsNoStatus) {
  for (const auto* list : {"", "20", "2000", "ok", "200,", "xx", "0xx", "300-200", "200-", "-200",
                           "2x", "200 404", "+20"}) {
    EXPECT_THROW(StatusSet::parse(list, "--expect"), Error) << list;
  }
}

}  // namespace
}  // namespace mscomm
