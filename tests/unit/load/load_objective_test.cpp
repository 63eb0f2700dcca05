#include "core/load/load_objective.h"

#include <gtest/gtest.h>

#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using test::error_of;

LoadVerdict verdict_of(const std::string& objective, const LoadResult& result) {
  return judge(parse_objectives(objective, "--slo").at(0), result);
}

LoadResult hundred_requests() {
  LoadResult result;
  for (int i = 1; i <= 100; ++i) {
    result.service.record(std::chrono::milliseconds(i));
  }
  result.succeeded = 100;
  result.took = result.sending = std::chrono::seconds(2);
  return result;
}

TEST(LoadObjective, KnowsEveryWordAndRelation) {
  const auto result = hundred_requests();
  struct Row {
    const char* objective;
    const char* actual;
    bool is_met;
  };
  for (const auto& row : {
           Row{"p50<51ms", "50ms", true},
           Row{"p50<50ms", "50ms", false},
           Row{"p50<=50100us", "50ms", true},
           Row{"p99>98ms", "99ms", true},
           Row{" p99.9 >= 100ms ", "100ms", true},
           Row{"mean<50.6ms", "50.5ms", true},
           Row{"min<=1ms", "1ms", true},
           Row{"max<100ms", "100ms", false},
           Row{"errors<1%", "0%", true},
           Row{"errors<=0", "0", true},
           Row{"errors<0", "0", false},
           Row{"rate>=50/s", "50.0/s", true},
           Row{"rate>3000/m", "50.0/s", false},
       }) {
    const auto verdict = verdict_of(row.objective, result);
    EXPECT_EQ(verdict.actual, row.actual) << row.objective;
    EXPECT_EQ(verdict.is_met, row.is_met) << row.objective;
  }
}

TEST(LoadObjective, ARequestWithoutAResponseTookForEver) {
  auto result = hundred_requests();
  result.failed = 2;  // of 102: the 101st is the 99th percentile
  EXPECT_TRUE(verdict_of("p98<1s", result).is_met);
  EXPECT_FALSE(verdict_of("p99<1s", result).is_met);
  EXPECT_EQ(verdict_of("p99<1s", result).actual, "no response");
  EXPECT_FALSE(verdict_of("max<1h", result).is_met);
  EXPECT_FALSE(verdict_of("mean<1h", result).is_met);
  EXPECT_TRUE(verdict_of("min<=1ms", result).is_met);
  result.failed = 0;
  result.unsent = 100;
  EXPECT_EQ(verdict_of("p50<1s", result).actual, "100ms");
  EXPECT_EQ(verdict_of("p51<1s", result).actual, "no response");
  EXPECT_EQ(verdict_of("errors<1%", result).actual, "50%");
  EXPECT_EQ(verdict_of("errors<1", result).actual, "100");
}

TEST(LoadObjective, AFailureWithAResponseTookAsLongAsItTook) {
  auto result = hundred_requests();
  result.succeeded = 50;
  result.failed = 50;  // all of them answered
  EXPECT_EQ(verdict_of("p99<1s", result).actual, "99ms");
  EXPECT_EQ(verdict_of("errors<1%", result).actual, "50%");
}

TEST(LoadObjective, IsAboutResponseTimeInAnOpenLoop) {
  auto result = hundred_requests();
  result.target_rate = 50;
  for (int i = 0; i < 100; ++i) {
    result.response.record(std::chrono::seconds(3));
  }
  EXPECT_EQ(verdict_of("p50<1s", result).actual, "3s");
  EXPECT_EQ(verdict_of("max<1s", result).actual, "3s");
}

TEST(LoadObjective, ARunWithoutRequestsMeetsNoLatency) {
  const LoadResult result;
  EXPECT_FALSE(verdict_of("p50<1h", result).is_met);
  EXPECT_FALSE(verdict_of("mean<1h", result).is_met);
  EXPECT_TRUE(verdict_of("errors<1%", result).is_met);
  EXPECT_FALSE(verdict_of("rate>=1/s", result).is_met);
}

TEST(LoadObjective, SaysWhatIsWrongWithAList) {
  for (const char* list :
       {"", ",", "p99", "p<1s", "p0<1s", "p101<1s", "p99=1s", "P99<1s", "errors<-1", "errors<101%",
        "errors<%", "errors<nan", "p99<1s,,mean<1s"}) {
    const auto error = error_of([list] { parse_objectives(list, "--slo"); });
    EXPECT_EQ(error.find("usage: --slo: "), 0U) << list << ": " << error;
  }
}

TEST(ShownLatency, HasThreeDigitsAndAUnit) {
  EXPECT_EQ(shown_latency(Duration(812)), "812ns");
  EXPECT_EQ(shown_latency(Duration(43'210)), "43.2us");
  EXPECT_EQ(shown_latency(Duration(1'254'000)), "1.25ms");
  EXPECT_EQ(shown_latency(std::chrono::milliseconds(31'400)), "31.4s");
  EXPECT_EQ(shown_latency(std::chrono::seconds(4321)), "4321s");
  EXPECT_EQ(shown_latency(Duration(999'700)), "1ms");
  EXPECT_EQ(shown_latency(Duration::zero()), "0ns");
}

}  // namespace
}  // namespace mscomm
