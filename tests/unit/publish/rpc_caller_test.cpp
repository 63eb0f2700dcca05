#include "core/publish/rpc_caller.h"

#include <algorithm>

#include "core/output/writer.h"
#include "unit/publish/publisher_fixture.h"

namespace mscomm {
namespace {

class RpcCaller : public Publisher {
 protected:
  RpcCaller() {
    session.answer = Answer::withhold;
    session.on_publish = [this] {
      if (late_confirm && session.published.size() == 2) {
        session.push(*late_confirm);
      }
      Properties properties;
      properties.correlation_id = session.published.back().properties.correlation_id;
      if (answers) {
        session.enqueue({"answer", "", "amq.rabbitmq.reply-to", properties, false});
      }
    };
  }
  RpcReport call() {
    Writer writer(pipe.write_end.get(), "out", ctx.stop);
    return call_all(owner, source, plan, writer, ctx.context);
  }

  bool answers = true;
  std::optional<Confirm> late_confirm;  // of the first request, during the second
  test::Pipe pipe;
};

TEST_F(RpcCaller, AConfirmThatComesAfterTheAnswerIsNotThatOfTheNextRequest) {
  source.add("one").add("two");
  late_confirm = Confirm{1, false, false};
  const auto report = call();
  EXPECT_EQ(report.sent, 2U);
  EXPECT_EQ(report.answered, 2U);
  EXPECT_FALSE(report.error);
}

TEST_F(RpcCaller, ARequestThatIsNotConfirmedInTimeIsInDoubt) {
  answers = false;
  source.add("one");
  ctx.time_out_after(50ms);
  const auto report = call();
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::in_doubt);
}

TEST_F(RpcCaller, AConfirmedRequestWithoutAnAnswerIsTooLate) {
  answers = false;
  session.answer = Answer::confirm;
  source.add("one");
  ctx.time_out_after(50ms);
  const auto report = call();
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::timeout);
}

TEST_F(RpcCaller, WhatCameBackAndIsNotTheRequestLeavesItInDoubt) {
  answers = false;
  session.on_publish = [this] { session.push(Returned{312, "NO_ROUTE", {"", "other"}, "x", 3}); };
  source.add("one");
  const auto report = call();
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::in_doubt);
  EXPECT_THAT(report.error->what(), HasSubstr("a message that is not the request"));
}

TEST_F(RpcCaller, OfManyStrayAnswersOnlyTheFirstAreTold) {
  answers = false;
  session.on_publish = [this] {
    for (int i = 0; i < 100; ++i) {
      session.enqueue({"stray", "", "amq.rabbitmq.reply-to", {}, false});
    }
  };
  source.add("one");
  ctx.time_out_after(50ms);
  testing::internal::CaptureStderr();
  call();
  const auto told = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(told, '\n'), 10);
  EXPECT_THAT(told, HasSubstr("(no more are told)"));
}

}  // namespace
}  // namespace mscomm
