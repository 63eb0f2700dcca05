#include "core/consume/consume_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/run_context.h"

namespace mscomm {
namespace {

class ConsumeSummary : public testing::Test {
 protected:
  ConsumeSummary() { plan_.queue = "jobs"; }

  std::string said(const LogOptions& options, bool filters = false) {
    testing::internal::CaptureStderr();
    {
      Observer observer(make_log(options));
      exit_ = conclude(report_, plan_, filters,
                       Context{run_.environment, observer, run_.clock, run_.stop});
    }
    return testing::internal::GetCapturedStderr();
  }

  test::RunContext run_;
  ConsumeReport report_;
  ConsumePlan plan_;
  Exit exit_ = Exit::internal;
};

TEST_F(ConsumeSummary, IsSaidInTheDetailsOfARunThatSucceeded) {
  report_.taken = report_.acknowledged = 3;
  report_.redelivered = 1;
  EXPECT_EQ(said({.level = LogLevel::info}), "mscomm: 3 taken, 3 acknowledged, 1 redelivered\n");
  EXPECT_EQ(exit_, Exit::ok);
  EXPECT_EQ(said({}), "");
}

TEST_F(ConsumeSummary, IsAnErrorWhenCommandsFailed) {
  report_.taken = 3;
  report_.acknowledged = report_.rejected = report_.returned = 1;
  report_.outcomes.add(Exit::ok);
  report_.outcomes.add(Exit::failed, 2);
  EXPECT_EQ(said({.level = LogLevel::error}),
            "mscomm: 3 taken, 1 acknowledged, 2 failed, 1 rejected, 1 put back\n");
  EXPECT_EQ(exit_, Exit::partial);
}

TEST_F(ConsumeSummary, SaysThatNothingCameToARunWithAnEndOfItsOwn) {
  EXPECT_EQ(said({}), "");
  EXPECT_EQ(exit_, Exit::ok);
  plan_.until_empty = true;
  EXPECT_EQ(said({}), "mscomm: nothing came from queue 'jobs'\n");
  EXPECT_EQ(exit_, Exit::empty);
  EXPECT_EQ(said({}, true), "mscomm: no message of queue 'jobs' matched\n");
  report_.interrupted = true;
  EXPECT_EQ(said({}), "");
}

TEST_F(ConsumeSummary, HasTheCountsAsFieldsOfTheJsonLog) {
  report_.taken = report_.acknowledged = 2;
  report_.error = Error(Exit::unreachable, "the connection was lost", "is it up?");
  const auto lines = said({.level = LogLevel::info, .format = LogFormat::json});
  auto json = nlohmann::json::parse(lines.substr(0, lines.find('\n')));
  EXPECT_TRUE(json.erase("time"));
  EXPECT_EQ(json, nlohmann::json::parse(
                      R"({"level":"info","command":"","event":"consume.summary","target":"jobs",
      "message":"2 taken, 2 acknowledged","outcome":"unreachable","taken":2,"acknowledged":2,
      "failed":0,"retried":0,"parked":0,"maybe_twice":0,"rejected":0,"returned":0,"copied":0,"redelivered":0})"));
  EXPECT_THAT(lines, testing::HasSubstr(R"("outcome":"unreachable","hint":"is it up?"})"));
}

}  // namespace
}  // namespace mscomm
