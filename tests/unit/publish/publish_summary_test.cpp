#include "core/publish/publish_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/run_context.h"

namespace mscomm {
namespace {

class PublishSummary : public testing::Test {
 protected:
  // What conclude() says of the run in a log of that kind.
  template <class Report, class... More>
  std::string said(const LogOptions& options, const Report& report, const More&... more) {
    testing::internal::CaptureStderr();
    {
      Observer observer(make_log(options));
      exit_ = conclude(report, more..., Context{run_.environment, observer, run_.clock, run_.stop});
    }
    return testing::internal::GetCapturedStderr();
  }
  std::string text_of(LogLevel level = LogLevel::warning) {
    return said({.command = "publish", .level = level}, report_, plan_, elapsed_);
  }

  test::RunContext run_;
  PublishReport report_;
  PublishPlan plan_;
  Duration elapsed_ = std::chrono::milliseconds(1500);
  Exit exit_ = Exit::internal;
};

TEST_F(PublishSummary, IsALineForPeopleThatLeavesOutWhatDidNotHappen) {
  report_.sent = report_.confirmed = 3;
  EXPECT_EQ(text_of(), "mscomm: publish: 3 sent, 3 confirmed, 2/s\n");
  EXPECT_EQ(exit_, Exit::ok);
  EXPECT_EQ(text_of(LogLevel::error), "");
}

TEST_F(PublishSummary, SaysWhatFailedAlsoWhenQuiet) {
  report_.sent = 5;
  report_.confirmed = report_.returned = report_.refused = report_.in_doubt = report_.resent = 1;
  EXPECT_EQ(text_of(LogLevel::error),
            "mscomm: publish: 5 sent, 1 confirmed, 1 returned, 1 refused, 1 in doubt, 1 sent "
            "again, 3/s\n");
  EXPECT_EQ(exit_, Exit::in_doubt);
}

TEST_F(PublishSummary, SaysWhatWasNotAskedFor) {
  report_.sent = report_.returned = 1;
  plan_.confirms = plan_.mandatory = plan_.returned_is_failure = false;
  EXPECT_EQ(text_of(),
            "mscomm: publish: 1 sent, 1 heard by nobody (not confirmed: --no-confirm) (unroutable "
            "messages go unnoticed: --no-mandatory)\n");
}

TEST_F(PublishSummary, HasTheCountsAsFieldsOfTheJsonLog) {
  report_.sent = 4;
  report_.confirmed = 2;
  report_.returned = report_.refused = 1;
  auto json = nlohmann::json::parse(
      said({.command = "publish", .format = LogFormat::json}, report_, plan_, elapsed_));
  EXPECT_TRUE(json.erase("time"));
  EXPECT_EQ(json, nlohmann::json::parse(
                      R"({"level":"error","command":"publish","event":"publish.summary",
      "duration_ms":1500,"message":"4 sent, 2 confirmed, 1 returned, 1 refused, 3/s",
      "outcome":"partial","sent":4,"confirmed":2,"returned":1,"refused":1,"in_doubt":0,
      "resent":0,"confirmed_before":0,"perhaps_twice":0,"elapsed_ms":1500})"));
}

TEST_F(PublishSummary, TellsWhatAnEarlierRunDid) {
  report_.sent = report_.confirmed = 5;
  report_.perhaps_twice = 2;
  report_.confirmed_before = 7;
  EXPECT_THAT(said({}, report_, plan_, elapsed_),
              testing::HasSubstr("5 sent, 5 confirmed, 2 perhaps twice, 7 confirmed before, 3/s"));
  report_.sent = report_.confirmed = report_.perhaps_twice = 0;
  EXPECT_THAT(said({}, report_, plan_, elapsed_),
              testing::HasSubstr("nothing to send: 7 messages were confirmed before"));
}

TEST_F(PublishSummary, HasThoseOfCallsToo) {
  RpcReport calls;
  calls.sent = 2;
  calls.answered = 1;
  calls.error = Error(Exit::timeout, "request 2: no answer came in time");
  EXPECT_EQ(said({}, calls),
            "mscomm: request 2: no answer came in time\nmscomm: 2 sent, 1 answered\n");
  EXPECT_EQ(exit_, Exit::timeout);
  EXPECT_THAT(said({.format = LogFormat::json}, calls),
              testing::HasSubstr(R"("message":"2 sent, 1 answered","outcome":"timeout","sent":2,)"
                                 R"("answered":1})"));
}

}  // namespace
}  // namespace mscomm
