#include "core/amqp/publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "core/amqp/broker_error.h"
#include "core/message/source.h"
#include "unit/fake_session.h"
#include "unit/run_context.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;
using test::FakeSession;
using testing::HasSubstr;
using testing::Not;
using Answer = FakeSession::Answer;

/// Gives what a list says, and counts how often it was asked.
class FakeSource final : public MessageSource {
 public:
  struct Pause {};  ///< "nothing yet" once; fd() is readable at once
  struct Step {
    std::variant<Outgoing, Pause, Error> what;
    std::string body;
  };

  FakeSource& add(std::string body, Outgoing message = {}) {
    steps.push_back({std::move(message), std::move(body)});
    return *this;
  }
  FakeSource& add_many(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      add("x");
    }
    return *this;
  }
  FakeSource& pause() {
    steps.push_back({Pause{}, {}});
    return *this;
  }
  FakeSource& fail(Error error) {
    steps.push_back({std::move(error), {}});
    return *this;
  }

  State next(Outgoing& out) override {
    if (steps.empty() && !endless) {
      return State::end;
    }
    if (steps.empty()) {
      out = Outgoing{};
      out.body = "endless";
      return State::message;
    }
    current_ = std::move(steps.front());
    steps.pop_front();
    if (const auto* error = std::get_if<Error>(&current_.what)) {
      throw Error(*error);
    }
    if (std::holds_alternative<Pause>(current_.what)) {
      bell_.ring(true);
      return State::wait;
    }
    out = std::get<Outgoing>(current_.what);
    out.body = current_.body;
    return State::message;
  }
  [[nodiscard]] int fd() const override { return bell_.fd(); }

  std::deque<Step> steps;
  bool endless = false;

 private:
  test::Bell bell_;
  Step current_;
};

class Publisher : public testing::Test {
 protected:
  PublishReport run() {
    auto report = publish_all(session, source, plan, ctx.context);
    EXPECT_EQ(session.closes, session_is_gone(report) ? 0 : 1);
    if (plan.confirms) {
      EXPECT_EQ(report.sent, report.confirmed + report.returned + report.refused + report.in_doubt);
    }
    return report;
  }
  bool session_is_gone(const PublishReport& report) const {
    return report.error && std::string_view(report.error->what()) == session.closed.error.what();
  }
  std::string warnings_of_run() {
    testing::internal::CaptureStderr();
    run();
    return testing::internal::GetCapturedStderr();
  }

  FakeSession session;
  FakeSource source;
  PublishPlan plan;
  test::RunContext ctx;
};

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
  const auto report = publish_all(session, *lines, plan, ctx.context);
  EXPECT_EQ(report.confirmed, 2U);
  EXPECT_EQ(session.published.at(1).body, "two");
}

TEST_F(Publisher, BatchesWhatIsThereIntoOneWriteButNotWithoutLimit) {
  plan.confirms = false;
  const std::string large(100 * 1024, 'x');
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
    const auto report = publish_all(broker, source, plan, ctx.context);
    EXPECT_EQ(report.refused, 1U) << named;
    EXPECT_EQ(report.exit(plan), Exit::denied) << named;
  }
}

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
  EXPECT_EQ(report.exit(plan), Exit::usage);
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
  EXPECT_EQ(report.exit(plan), Exit::usage);
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
  const auto report = publish_all(session, *lines, plan, ctx.context);
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

Exit exit_of(PublishReport report, bool returned_is_failure = true, bool confirms = true) {
  PublishPlan plan;
  plan.returned_is_failure = returned_is_failure;
  plan.confirms = confirms;
  return report.exit(plan);
}

PublishReport report(std::uint64_t confirmed, std::uint64_t returned, std::uint64_t refused,
                     std::uint64_t in_doubt, std::optional<Error> error = {}) {
  return {confirmed + returned + refused + in_doubt,
          confirmed,
          returned,
          refused,
          in_doubt,
          std::move(error),
          false};
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
  EXPECT_EQ(exit_of(report(1, 0, 0, 1, usage)), Exit::usage);
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
