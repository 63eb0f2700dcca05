#include "unit/publish/publisher_fixture.h"

namespace mscomm {
namespace {

TEST_F(Publisher, CountsWhatTheBrokerConfirmed) {
  source.add("one").add("").add("three");
  plan.routing_key = "q";
  const auto report = run();
  EXPECT_EQ(report.sent, 3U);
  EXPECT_EQ(report.confirmed, 3U);
  EXPECT_FALSE(report.error);
  EXPECT_EQ(report.exit(plan), Exit::ok);
  ASSERT_EQ(session.published.size(), 3U);
  EXPECT_EQ(session.published[0].body, "one");
  EXPECT_EQ(session.published[1].body, "");
  EXPECT_EQ(session.published[2].route, (Route{"", "q"}));
  EXPECT_TRUE(session.published[0].mandatory);
}

TEST_F(Publisher, NothingToSendIsASuccess) {
  EXPECT_EQ(run().exit(plan), Exit::ok);
  EXPECT_TRUE(session.published.empty());
}

TEST_F(Publisher, StopsReadingInputWhileTheWindowIsFull) {
  source.add_many(10);
  plan.window = 3;
  session.answer = Answer::withhold;
  std::size_t confirmed = 0;
  std::size_t most = 0;
  session.on_publish = [&] {
    EXPECT_EQ(source.steps.size(), 10 - session.published.size());
    most = std::max(most, session.published.size() - confirmed);
  };
  while (session.when_waited_for.size() < 30) {
    session.when_waited_for.emplace_back([&] {
      if (confirmed < session.published.size()) {
        session.confirm(++confirmed, true);
      }
    });
  }
  EXPECT_EQ(run().confirmed, 10U);
  EXPECT_EQ(most, 3U);
}

TEST_F(Publisher, ExactlyAWindowOfMessagesNeedsNoTimeout) {
  source.add_many(5);
  plan.window = 5;
  ctx.time_out_after(20s);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(run().confirmed, 5U);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
}

TEST_F(Publisher, ManyWindowsNeedNoTimeout) {
  source.add_many(1000);
  plan.window = 10;
  ctx.time_out_after(20s);
  EXPECT_EQ(run().confirmed, 1000U);
}

TEST_F(Publisher, SendsAtOnceWhenTheInputPauses) {
  source.add("one").pause().add("two").pause();
  std::vector<std::size_t> unsent;
  session.answer = Answer::withhold;
  for (const std::uint64_t next : {1U, 2U}) {
    session.when_waited_for.emplace_back([&, next] {
      unsent.push_back(session.buffered());
      EXPECT_EQ(session.published.size(), next);
      session.confirm(next);
    });
  }
  EXPECT_EQ(run().confirmed, 2U);
  EXPECT_EQ(unsent, (std::vector<std::size_t>{0, 0}));
}

TEST_F(Publisher, AMessageOfARealPipeLeavesBeforeTheNextIsThere) {
  test::Pipe pipe;
  const auto lines = delimited_source(pipe.read_end.get(), "input", "\n");
  ASSERT_EQ(write(pipe.write_end.get(), "one\ntw", 6), 6);
  session.when_waited_for.emplace_back([&] {
    ASSERT_EQ(session.published.size(), 1U);
    EXPECT_EQ(session.buffered(), 0U);
    ASSERT_EQ(write(pipe.write_end.get(), "o", 1), 1);
    pipe.write_end.reset();
  });
  const auto report = publish_all(owner, *lines, plan, ctx.context);
  EXPECT_EQ(report.confirmed, 2U);
  EXPECT_EQ(session.published.at(1).body, "two");
}

TEST_F(Publisher, BatchesWhatIsThereIntoOneWriteButNotWithoutLimit) {
  plan.confirms = false;
  const std::string large(100UL * 1024, 'x');
  for (int i = 0; i < 10; ++i) {
    source.add(large);
  }
  std::size_t most = 0;
  session.on_publish = [&] { most = std::max(most, session.buffered()); };
  EXPECT_EQ(run().sent, 10U);
  EXPECT_GT(most, 200U * 1024);
  EXPECT_LT(most, 400U * 1024);
}

TEST_F(Publisher, SaysOfEachMessageThatCameBackWhere) {
  plan.exchange = "logs";
  plan.routing_key = "k";
  source.add("one").add("two");
  session.answer_to = [](const auto& message) {
    return message.sequence == 2 ? Answer::send_back : Answer::confirm;
  };
  testing::internal::CaptureStderr();
  const auto report = run();
  const auto warnings = testing::internal::GetCapturedStderr();
  EXPECT_EQ(report.confirmed, 1U);
  EXPECT_EQ(report.returned, 1U);
  EXPECT_EQ(report.exit(plan), Exit::partial);
  EXPECT_THAT(warnings,
              HasSubstr("message 2 to exchange 'logs' with key 'k' came back: 312 NO_ROUTE"));
  EXPECT_THAT(warnings, HasSubstr("no queue is bound"));
}

TEST_F(Publisher, NobodyListeningIsNoFailureWhenThatIsAllowed) {
  plan.returned_is_failure = false;
  source.add("one");
  session.answer = Answer::send_back;
  testing::internal::CaptureStderr();
  const auto report = run();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(report.returned, 1U);
  EXPECT_EQ(report.exit(plan), Exit::ok);
}

TEST_F(Publisher, AllMessagesBackIsAFailure) {
  source.add_many(2);
  session.answer = Answer::send_back;
  testing::internal::CaptureStderr();
  EXPECT_EQ(run().exit(plan), Exit::failed);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("--declare creates it"));
}

TEST_F(Publisher, CountsWhatTheBrokerRefused) {
  source.add_many(4);
  session.answer_to = [](const auto& message) {
    return message.sequence % 2 == 0 ? Answer::refuse : Answer::confirm;
  };
  testing::internal::CaptureStderr();
  const auto report = run();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("message 4"));
  EXPECT_EQ(report.refused, 2U);
  EXPECT_EQ(report.confirmed, 2U);
  EXPECT_EQ(report.exit(plan), Exit::partial);
}

TEST_F(Publisher, ShowsTheFirstTenFailuresOnly) {
  source.add_many(12);
  session.answer = Answer::refuse;
  const auto warnings = warnings_of_run();
  EXPECT_THAT(warnings, HasSubstr("message 10 "));
  EXPECT_THAT(warnings, HasSubstr("more are only counted"));
  EXPECT_THAT(warnings, Not(HasSubstr("message 11 ")));
}

TEST_F(Publisher, ALostConnectionLeavesTheUnansweredInDoubt) {
  source.add_many(5);
  session.answer_to = [](const auto& message) {
    return message.sequence == 1   ? Answer::send_back
           : message.sequence == 2 ? Answer::confirm
                                   : Answer::withhold;
  };
  session.close_after = 5;
  testing::internal::CaptureStderr();
  const auto report = run();
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(report.returned, 1U);
  EXPECT_EQ(report.confirmed, 1U);
  EXPECT_EQ(report.in_doubt, 3U);
  EXPECT_EQ(report.exit(plan), Exit::in_doubt);
}

TEST_F(Publisher, WhatCameBackBeforeTheConnectionWasLostIsNotInDoubt) {
  source.add_many(1);
  session.answer = Answer::withhold;
  session.when_waited_for.emplace_back([&] {
    const auto& message = session.published[0];
    session.push(Returned{312, "NO_ROUTE", message.route, message.properties.message_id,
                          message.body.size()});
    session.push(session.closed);
  });
  testing::internal::CaptureStderr();
  const auto report = run();
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(report.returned, 1U);
  EXPECT_EQ(report.in_doubt, 0U);
  EXPECT_EQ(report.exit(plan), Exit::unreachable);
}

TEST_F(Publisher, AMessageThatCameBackAndIsNoneOfOursEndsTheConnection) {
  source.add_many(1);
  session.answer = Answer::withhold;
  session.when_waited_for.emplace_back([&] {
    session.push(Returned{312, "NO_ROUTE", {"", "elsewhere"}, "another", 1});
  });
  const auto report = publish_all(owner, source, plan, ctx.context);
  EXPECT_EQ(report.returned, 0U);
  EXPECT_EQ(report.in_doubt, 1U);
  EXPECT_EQ(report.exit(plan), Exit::in_doubt);
  ASSERT_TRUE(report.error);
  EXPECT_THAT(report.error->what(), HasSubstr("sent back a message that is none of those"));
}

Closed closed_by_broker(int code, const std::string& text) {
  return {broker_error(code, text), true, code, text};
}

TEST_F(Publisher, AMissingExchangeRefusesWhatWasSentThereAndDoubtsTheRest) {
  Outgoing here;
  here.exchange = "there";
  Outgoing missing;
  missing.exchange = "nope";
  source.add("a", here).add("b", missing).add("c", missing);
  session.answer = Answer::withhold;
  session.close_after = 3;
  session.closed = closed_by_broker(404, "NOT_FOUND - no exchange 'nope' in vhost '/'");
  const auto report = run();
  EXPECT_EQ(report.refused, 2U);
  EXPECT_EQ(report.in_doubt, 1U);
  EXPECT_EQ(report.exit(plan), Exit::in_doubt);
}

TEST_F(Publisher, AMissingExchangeAloneIsAFailureAndNoDoubt) {
  plan.exchange = "nope";
  source.add("a");
  session.answer = Answer::withhold;
  session.close_after = 1;
  session.closed = closed_by_broker(404, "NOT_FOUND - no exchange 'nope' in vhost '/'");
  const auto report = run();
  EXPECT_EQ(report.refused, 1U);
  EXPECT_EQ(report.exit(plan), Exit::failed);
}

TEST_F(Publisher, WhatMayNotBeSentIsDeniedAndNoDoubt) {
  for (const auto& [exchange, named] :
       std::vector<std::pair<std::string, std::string>>{{"x", "x"}, {"", "amq.default"}}) {
    FakeSession broker;
    plan.exchange = exchange;
    source.add("a");
    broker.answer = Answer::withhold;
    broker.close_after = 1;
    broker.closed = closed_by_broker(403, "ACCESS_REFUSED - access to exchange '" + named +
                                              "' in vhost '/' refused for user 'low'");
    SessionOwner own(test::borrow(broker));
    const auto report = publish_all(own, source, plan, ctx.context);
    EXPECT_EQ(report.refused, 1U) << named;
    EXPECT_EQ(report.exit(plan), Exit::denied) << named;
  }
}

}  // namespace
}  // namespace mscomm
