#include "core/output/writer.h"
#include "unit/publish/publisher_fixture.h"

namespace mscomm {
namespace {

TEST_F(Publisher, BadInputEndsTheRunButWhatWentOutIsConfirmed) {
  source.add_many(2).fail(Error(Exit::usage, "input line 3: not a record")).add_many(1);
  session.answer = Answer::withhold;
  session.when_waited_for.emplace_back([&] { session.confirm(1); });
  session.when_waited_for.emplace_back([&] { session.confirm(2); });
  const auto report = run();
  EXPECT_EQ(report.sent, 2U);
  EXPECT_EQ(report.confirmed, 2U);
  ASSERT_TRUE(report.error);
  EXPECT_STREQ(report.error->what(), "input line 3: not a record");
  EXPECT_EQ(report.exit(plan), Exit::partial);
}

TEST_F(Publisher, AReportThatCannotBeWrittenAtTheEndIsWorseThanTheDeadline) {
  const UniqueFd full = open_for_writing("/dev/full");
  Writer report_file(full.get(), "/dev/full", ctx.stop);
  source.add_many(2);
  session.answer = Answer::withhold;
  ctx.time_out_after(0s);
  const auto report = publish_all(owner, source, plan, ctx.context, &report_file);
  EXPECT_EQ(report.in_doubt, 2U);
  ASSERT_TRUE(report.error);
  EXPECT_THAT(report.error->what(), HasSubstr("/dev/full"));
  EXPECT_EQ(report.exit(plan), Exit::io);
}

TEST_F(Publisher, AMessageThatCannotBeSentIsNamedAndNotCounted) {
  Outgoing bad;
  bad.routing_key = std::string(256, 'k');
  source.add("a").add("b", bad).add("c");
  const auto report = run();
  EXPECT_EQ(report.sent, 1U);
  EXPECT_EQ(report.confirmed, 1U);
  ASSERT_TRUE(report.error);
  EXPECT_THAT(report.error->what(), HasSubstr("message 2: "));
  EXPECT_EQ(report.exit(plan), Exit::partial);
}

TEST_F(Publisher, GivesUpWhenNoConfirmComesForTooLong) {
  source.add_many(3);
  session.answer_to = [](const auto& message) {
    return message.sequence == 1 ? Answer::confirm : Answer::withhold;
  };
  plan.confirm_timeout = 30ms;
  const auto report = run();
  EXPECT_EQ(report.confirmed, 1U);
  EXPECT_EQ(report.in_doubt, 2U);
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::timeout);
  EXPECT_THAT(report.error->what(), HasSubstr("no confirm came for 30ms"));
  EXPECT_EQ(report.exit(plan), Exit::in_doubt);
}

TEST_F(Publisher, AQuietInputIsNoMissingConfirm) {
  test::Pipe pipe;
  const auto lines = delimited_source(pipe.read_end.get(), "input", "\n");
  plan.confirm_timeout = 10ms;
  ASSERT_EQ(write(pipe.write_end.get(), "one\n", 4), 4);
  session.wake = ctx.clock.now() + 50ms;
  while (session.when_waited_for.size() < 3) {
    session.when_waited_for.emplace_back([] {});
  }
  session.when_waited_for.emplace_back([&] { pipe.write_end.reset(); });
  const auto report = publish_all(owner, *lines, plan, ctx.context);
  EXPECT_FALSE(report.error) << report.error->what();
  EXPECT_EQ(report.confirmed, 1U);
}

TEST_F(Publisher, TheDeadlineOfTheWholeCommandCounts) {
  source.add_many(1);
  session.answer = Answer::withhold;
  ctx.time_out_after(20ms);
  const auto report = run();
  EXPECT_EQ(report.in_doubt, 1U);
  EXPECT_THAT(report.error->what(), HasSubstr("the deadline passed"));
}

TEST_F(Publisher, SaysThatTheBrokerBlocksAndThatItBlocksNoLonger) {
  source.add_many(1);
  session.answer = Answer::withhold;
  session.when_waited_for.emplace_back([&] { session.push(Blocked{"low on memory"}); });
  session.when_waited_for.emplace_back([&] { session.push(Unblocked{}); });
  session.when_waited_for.emplace_back([&] { session.confirm(1); });
  const auto warnings = warnings_of_run();
  EXPECT_THAT(warnings, HasSubstr("blocks publishers: low on memory"));
  EXPECT_THAT(warnings, HasSubstr("accepts messages again"));
}

TEST_F(Publisher, ATimeoutNamesTheAlarmThatIsItsReason) {
  source.add_many(1);
  session.answer = Answer::withhold;
  session.push(Blocked{"low on disk"});
  plan.confirm_timeout = 20ms;
  testing::internal::CaptureStderr();
  const auto report = run();
  testing::internal::GetCapturedStderr();
  EXPECT_THAT(report.error->what(), HasSubstr("the broker is blocked: low on disk"));
}

TEST_F(Publisher, WithoutConfirmsTheGoodbyeSaysThatAllWasRead) {
  plan.confirms = false;
  session.answer = Answer::withhold;
  source.add_many(3);
  const auto report = run();
  EXPECT_EQ(report.sent, 3U);
  EXPECT_EQ(report.confirmed, 0U);
  EXPECT_EQ(report.in_doubt, 0U);
  EXPECT_EQ(report.exit(plan), Exit::ok);
}

TEST_F(Publisher, WithoutConfirmsAndGoodbyeAllIsInDoubtButWhatCameBack) {
  plan.confirms = false;
  session.answer_to = [](const auto& message) {
    if (message.sequence == 2) {
      return Answer::send_back;
    }
    return Answer::withhold;
  };
  session.says_goodbye = false;
  source.add_many(3);
  testing::internal::CaptureStderr();
  const auto report = run();
  const auto warnings = testing::internal::GetCapturedStderr();
  EXPECT_EQ(report.returned, 1U);
  EXPECT_EQ(report.in_doubt, 2U);
  EXPECT_EQ(report.exit(plan), Exit::in_doubt);
  // Without confirms nobody knows which message it was.
  EXPECT_THAT(warnings, Not(HasSubstr("message 0")));
}

void interrupt() { ASSERT_EQ(raise(SIGINT), 0); }

TEST_F(Publisher, AStopSignalStillCountsConfirmsThatAreOnTheirWay) {
  EXPECT_IN_CHILD(([&] {
    source.add_many(2).pause();
    source.endless = true;
    session.answer = Answer::withhold;
    session.when_waited_for.emplace_back([&] { interrupt(); });
    session.when_waited_for.emplace_back([&] { session.confirm(1); });
    const auto report = run();
    EXPECT_TRUE(report.interrupted);
    EXPECT_FALSE(report.error);
    EXPECT_EQ(report.sent, 2U);
    EXPECT_EQ(report.confirmed, 1U);
    EXPECT_EQ(report.in_doubt, 1U);
  }));
}

TEST_F(Publisher, AStopSignalIsSeenWhileTheInputAndTheBrokerAreFast) {
  for (const bool confirms : {true, false}) {
    EXPECT_IN_CHILD(([&] {
      plan.confirms = confirms;
      source.endless = true;
      session.on_publish = [&] {
        if (session.published.size() == 5000) {
          interrupt();
        }
        ASSERT_LT(session.published.size(), 100'000U) << (std::_Exit(3), "");
      };
      const auto report = run();
      EXPECT_TRUE(report.interrupted);
    }));
  }
}

TEST_F(Publisher, WhatARecordSaysGivesWayToTheCommandLine) {
  Outgoing record;
  record.complete = true;
  record.exchange = "from record";
  record.routing_key = "its key";
  record.properties.content_type = "text/plain";
  record.properties.message_id = "its id";
  record.properties.headers =
      FieldTable{{"a", FieldValue::integer(1)}, {"b", FieldValue::integer(2)}};
  source.add("x", record);
  plan.exchange = "";
  plan.properties.content_type = "application/json";
  plan.properties.priority = std::uint8_t{4};
  plan.properties.headers = FieldTable{{"b", FieldValue::text("new")}, {"c", {}}};
  run();
  const auto& sent = session.published.at(0);
  EXPECT_EQ(sent.route, (Route{"", "its key"}));
  EXPECT_EQ(sent.properties.content_type, "application/json");
  EXPECT_EQ(sent.properties.message_id, "its id");
  EXPECT_EQ(sent.properties.priority, 4);
  const FieldTable merged{{"a", FieldValue::integer(1)}, {"b", FieldValue::text("new")}, {"c", {}}};
  EXPECT_EQ(sent.properties.headers, merged);
}

TEST_F(Publisher, ARecordIsSentAsItIs) {
  Outgoing record;
  record.complete = true;
  record.exchange = "x";
  record.properties.cluster_id = "c";
  source.add("body", record);
  run();
  const auto& sent = session.published.at(0);
  EXPECT_EQ(sent.properties, record.properties);
  EXPECT_EQ(sent.route, (Route{"x", ""}));
}

TEST_F(Publisher, EveryOptionWinsOverTheRecord) {
  Outgoing record;
  record.properties = {"a",
                       "a",
                       FieldTable{},
                       std::uint8_t{1},
                       std::uint8_t{1},
                       "a",
                       "a",
                       "a",
                       "a",
                       std::uint64_t{1},
                       "a",
                       "a",
                       "a",
                       {}};
  plan.properties = {"b",
                     "b",
                     FieldTable{},
                     std::uint8_t{2},
                     std::uint8_t{2},
                     "b",
                     "b",
                     "b",
                     "b",
                     std::uint64_t{2},
                     "b",
                     "b",
                     "b",
                     {}};
  source.add("x", record);
  run();
  EXPECT_EQ(session.published.at(0).properties, plan.properties);
}

TEST_F(Publisher, MessagesArePersistentAndHaveAnIdOfTheirOwn) {
  source.add_many(3);
  run();
  std::set<std::string> ids;
  for (const auto& message : session.published) {
    EXPECT_EQ(message.properties.delivery_mode, 2);
    ids.insert(message.properties.message_id.value_or(""));
    EXPECT_FALSE(message.properties.headers);
  }
  EXPECT_EQ(ids.size(), 3U);
}

TEST_F(Publisher, TransientAndNotMandatoryAreThere) {
  plan.persistent = false;
  plan.mandatory = false;
  source.add("x");
  run();
  EXPECT_EQ(session.published[0].properties.delivery_mode, 1);
  EXPECT_FALSE(session.published[0].mandatory);
}

TEST_F(Publisher, AllWithOneIdAndSizeAreStillToldApart) {
  plan.properties.message_id = "same";
  source.add_many(4);
  session.answer_to = [](const auto& message) {
    return message.sequence == 3 ? Answer::send_back : Answer::confirm;
  };
  testing::internal::CaptureStderr();
  const auto report = run();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("message 3 "));
  EXPECT_EQ(report.confirmed, 3U);
  EXPECT_EQ(report.returned, 1U);
}

Exit exit_of(const PublishReport& report, bool returned_is_failure = true, bool confirms = true) {
  PublishPlan plan;
  plan.returned_is_failure = returned_is_failure;
  plan.confirms = confirms;
  return report.exit(plan);
}

TEST_F(Publisher, AConnectionThatEndsInTheMiddleOfALargeBodyEndsTheRun) {
  source.add_many(20).add(std::string(1'000'000, 'x'));
  session.on_publish = [&] {
    if (session.published.size() == 20) {
      session.when_waited_for.emplace_back([&] {
        session.stalled = true;
        session.when_waited_for.emplace_back([&] { session.push(session.closed); });
      });
    }
  };
  plan.window = 20;
  const auto report = run();
  EXPECT_EQ(report.sent, report.confirmed + report.in_doubt);
  EXPECT_LE(report.sent, 21U);
  ASSERT_TRUE(report.error);
}

TEST_F(Publisher, TheEndOfTheInputIsNotPaced) {
  source.add("only one");
  plan.rate = 1.0 / 3600;
  const auto report = run();
  EXPECT_EQ(report.confirmed, 1U);
  EXPECT_FALSE(report.error);
}

PublishReport report(std::uint64_t confirmed, std::uint64_t returned, std::uint64_t refused,
                     std::uint64_t in_doubt, std::optional<Error> error = {}) {
  PublishReport report;
  report.sent = confirmed + returned + refused + in_doubt;
  report.confirmed = confirmed;
  report.returned = returned;
  report.refused = refused;
  report.in_doubt = in_doubt;
  report.error = std::move(error);
  return report;
}

TEST(PublishReport, ExitFollowsTheItemsAndTheError) {
  const Error timeout(Exit::timeout, "");
  const Error usage(Exit::usage, "");
  const Error denied(Exit::denied, "");
  EXPECT_EQ(exit_of(report(0, 0, 0, 0)), Exit::ok);
  EXPECT_EQ(exit_of(report(2, 0, 0, 0)), Exit::ok);
  EXPECT_EQ(exit_of(report(0, 1, 0, 0)), Exit::failed);
  EXPECT_EQ(exit_of(report(0, 0, 1, 0)), Exit::failed);
  EXPECT_EQ(exit_of(report(1, 1, 0, 0)), Exit::partial);
  EXPECT_EQ(exit_of(report(1, 1, 0, 0), false), Exit::ok);
  EXPECT_EQ(exit_of(report(0, 2, 0, 0), false), Exit::ok);
  EXPECT_EQ(exit_of(report(0, 1, 1, 0), false), Exit::partial);
  EXPECT_EQ(exit_of(report(1, 0, 0, 1)), Exit::in_doubt);
  EXPECT_EQ(exit_of(report(1, 0, 0, 1, timeout)), Exit::in_doubt);
  EXPECT_EQ(exit_of(report(1, 0, 0, 0, timeout)), Exit::timeout);
  EXPECT_EQ(exit_of(report(1, 0, 0, 1, usage)), Exit::in_doubt);
  EXPECT_EQ(exit_of(report(0, 0, 1, 0, denied)), Exit::denied);
}

TEST(PublishReport, WithoutConfirmsWhatWasSentIsWhatIsKnown) {
  PublishReport sent;
  sent.sent = 3;
  EXPECT_EQ(exit_of(sent, true, false), Exit::ok);
  sent.returned = 1;
  EXPECT_EQ(exit_of(sent, true, false), Exit::partial);
  EXPECT_EQ(exit_of(sent, false, false), Exit::ok);
  sent.in_doubt = 2;
  EXPECT_EQ(exit_of(sent, true, false), Exit::in_doubt);
  sent.sent = 3;
  sent.returned = 3;
  sent.in_doubt = 0;
  EXPECT_EQ(exit_of(sent, true, false), Exit::failed);
}

}  // namespace
}  // namespace mscomm
