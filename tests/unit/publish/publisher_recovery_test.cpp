#include "core/publish/publish_outcomes.h"
#include "core/telemetry/step_names.h"
#include "unit/publish/publisher_fixture.h"
#include "unit/telemetry/step_recorder.h"

namespace mscomm {
namespace {

Closed no_exchange() {
  const std::string text = "NOT_FOUND - no exchange 'x' in vhost '/'";
  return {broker_error(404, text), true, 404, text};
}

// A publisher whose connections are lost one after the other.
class RecoveringPublisher : public Publisher {
 protected:
  // The next session that reconnecting gives; the publisher owns it, we look at it.
  FakeSession& prepare_another() {
    prepared_.push_back(std::make_unique<FakeSession>());
    auto& another = *prepared_.back();
    another.on_close = [this, &another] { remembered_.push_back(another.published); };
    return another;
  }
  PublishReport run() {
    SessionOwner replacing(test::borrow(session), [this](bool) -> std::unique_ptr<Session> {
      if (prepared_.empty()) {
        throw Error(Exit::unreachable, "not connected again: connection refused");
      }
      auto next = std::move(prepared_.front());
      prepared_.pop_front();
      return next;
    });
    auto report = publish_all(replacing, source, plan, ctx.context);
    EXPECT_EQ(report.sent, report.confirmed + report.returned + report.refused + report.in_doubt);
    return report;
  }
  // What the session that was used last got, since it is gone.
  [[nodiscard]] const std::deque<FakeSession::Published>& published_again() const {
    return remembered_.back();
  }

  std::vector<std::deque<FakeSession::Published>> remembered_;

 private:
  std::deque<std::unique_ptr<FakeSession>> prepared_;
};

TEST_F(RecoveringPublisher, TellsThatTheConnectionWasLostAndIsBack) {
  std::vector<test::RecordedStep> told;
  ctx.observer.add(std::make_unique<test::StepRecorder>(told));
  source.add("a");
  session.answer_to = [](const auto&) { return Answer::withhold; };
  session.close_after = 1;
  prepare_another();
  EXPECT_FALSE(run().error);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].name, steps::kConnectionLost);
  EXPECT_EQ(told[0].outcome, Exit::unreachable);
  EXPECT_EQ(told[1].name, steps::kConnectionRecovered);
  EXPECT_EQ(told[1].fields["unanswered"], "1");
  EXPECT_TRUE(told[1].duration);
}

TEST_F(RecoveringPublisher, SendsAgainWhatWasNotAnsweredWithTheSameId) {
  source.add("a").add("b").add("c");
  session.answer_to = [](const auto& message) {
    return message.sequence == 1 ? Answer::confirm : Answer::withhold;
  };
  session.close_after = 3;
  prepare_another();
  const auto report = run();
  EXPECT_FALSE(report.error) << report.error->what();
  EXPECT_EQ(report.sent, 3U);
  EXPECT_EQ(report.confirmed, 3U);
  EXPECT_EQ(report.resent, 2U);
  EXPECT_EQ(report.exit(plan), Exit::ok);
  ASSERT_EQ(published_again().size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(published_again()[i].body, session.published[i + 1].body);
    EXPECT_EQ(published_again()[i].properties, session.published[i + 1].properties);
  }
}

TEST_F(RecoveringPublisher, GoesOnWithTheInputAfterwards) {
  source.add_many(10);
  plan.window = 4;
  session.close_after = 2;
  prepare_another();
  const auto report = run();
  EXPECT_EQ(report.confirmed, 10U);
  EXPECT_EQ(report.exit(plan), Exit::ok);
}

TEST_F(RecoveringPublisher, WhatCameBackIsNotSentAgain) {
  source.add("a").add("b");
  session.answer_to = [](const auto&) { return Answer::withhold; };
  session.on_publish = [&] {
    if (session.published.size() == 2) {
      const auto& first = session.published.front();
      session.push(Returned{312, "NO_ROUTE", first.route, first.properties.message_id, 1});
      session.push(session.closed);
    }
  };
  prepare_another();
  const auto report = run();
  EXPECT_EQ(report.returned, 1U);
  EXPECT_EQ(report.confirmed, 1U);
  EXPECT_EQ(report.resent, 1U);
  EXPECT_EQ(report.exit(plan), Exit::partial);
}

TEST_F(RecoveringPublisher, ALargeBodyThatWasHalfSentIsSentWhole) {
  const std::string body(1'000'000, 'x');
  source.add(body);
  session.stalled = true;
  session.when_waited_for.emplace_back([&] { session.push(session.closed); });
  prepare_another();
  const auto report = run();
  EXPECT_EQ(report.confirmed, 1U);
  ASSERT_EQ(published_again().size(), 1U);
  EXPECT_EQ(published_again()[0].body, body);
}

TEST_F(RecoveringPublisher, ABrokerThatConfirmsHalfABodyHasLostItsConnection) {
  const std::string body(1'000'000, 'x');
  source.add("before").add(body);
  session.stalled = true;
  session.when_waited_for.emplace_back([&] { session.confirm(2, true); });
  prepare_another();
  const auto report = run();
  EXPECT_EQ(report.confirmed, 2U);
  EXPECT_EQ(report.resent, 1U);  // what was whole
  ASSERT_EQ(published_again().size(), 2U);
  EXPECT_EQ(published_again()[1].body, body);
}

TEST_F(Publisher, ABodyThatIsHalfSentAtTheEndIsNotSent) {
  const std::string body(1'000'000, 'x');
  for (const Event& end : {Event(Confirm{1, false, true}), Event(session.closed)}) {
    FakeSession stalled;
    stalled.stalled = true;
    stalled.when_waited_for.emplace_back([&] { stalled.push(end); });
    FakeSource one;
    one.add(body);
    SessionOwner own(test::borrow(stalled));
    const auto report = publish_all(own, one, plan, ctx.context);
    EXPECT_EQ(report.sent, 0U);
    EXPECT_EQ(report.confirmed + report.in_doubt, 0U);
    ASSERT_TRUE(report.error);
    EXPECT_EQ(report.error->reason(), Exit::unreachable);
  }
}

TEST_F(Publisher, ABodyThatIsHalfSentWhenItIsInterruptedIsNotSent) {
  EXPECT_IN_CHILD(([&] {
    source.add("whole").add(std::string(1'000'000, 'x'));
    session.stalled = true;
    session.when_waited_for.emplace_back([] { raise(SIGTERM); });
    const auto report = publish_all(owner, source, plan, ctx.context);
    EXPECT_TRUE(report.interrupted);
    EXPECT_EQ(report.sent, 1U);
    EXPECT_EQ(report.in_doubt, 1U);
  }));
}

TEST_F(RecoveringPublisher, WhatCannotBeSentAgainIsInDoubt) {
  source.add_many(3);
  session.answer = Answer::withhold;
  session.close_after = 3;
  const auto report = run();
  EXPECT_EQ(report.in_doubt, 3U);
  ASSERT_TRUE(report.error);
  EXPECT_THAT(report.error->what(), HasSubstr("not connected again"));
  EXPECT_EQ(report.exit(plan), Exit::in_doubt);
}

TEST_F(RecoveringPublisher, AConnectionThatNeverConfirmsIsNotRepeatedForEver) {
  source.add("poison");
  session.answer = Answer::withhold;
  session.close_after = 1;
  for (int i = 0; i < 30; ++i) {
    auto& another = prepare_another();
    another.answer = Answer::withhold;
    another.close_after = 1;
  }
  const auto report = run();
  EXPECT_EQ(report.in_doubt, 1U);
  EXPECT_EQ(report.resent, 9U);
  EXPECT_EQ(report.exit(plan), Exit::in_doubt);
}

TEST_F(RecoveringPublisher, ARefusalIsNotRepeated) {
  source.add("a");
  session.answer = Answer::withhold;
  session.close_after = 1;
  session.closed = no_exchange();
  prepare_another();
  const auto report = run();
  EXPECT_EQ(report.refused, 1U);
  EXPECT_EQ(report.resent, 0U);
}

TEST_F(RecoveringPublisher, WhatAQueueWithoutALeaderRefusesIsSentAgain) {
  source.add("a").add("b").add("c");
  session.answer = Answer::withhold;
  session.close_after = 2;
  auto& another = prepare_another();
  int refusals = 3;
  another.answer_to = [&](const auto& message) {
    return message.body == "b" && refusals-- > 0 ? Answer::refuse : Answer::confirm;
  };
  const auto report = run();
  EXPECT_FALSE(report.error);
  EXPECT_EQ(report.confirmed, 3U);
  EXPECT_EQ(report.refused, 0U);
  EXPECT_EQ(report.resent, 6U);
  EXPECT_EQ(report.exit(plan), Exit::ok);
  std::string bodies;
  for (const auto& message : published_again()) {
    bodies += message.body;
  }
  EXPECT_EQ(bodies, "abcbbb");
}

TEST_F(RecoveringPublisher, ConnectionsThatOnlyRefuseAreNotRepeatedForEver) {
  source.add("a").add("b");
  session.answer = Answer::withhold;
  session.close_after = 2;
  for (int i = 0; i < 30; ++i) {
    auto& another = prepare_another();
    another.answer_to = [](const auto& message) {
      return message.body == "a" ? Answer::refuse : Answer::withhold;
    };
    another.close_after = 2;
  }
  const auto report = run();
  EXPECT_EQ(report.in_doubt, 2U);
  EXPECT_EQ(report.resent, 18U);
  EXPECT_EQ(report.exit(plan), Exit::in_doubt);
}

TEST_F(RecoveringPublisher, WhatWasOnlyEverRefusedIsNotInDoubtAtTheEnd) {
  source.add("a").pause().add("b");
  session.answer = Answer::withhold;
  session.close_after = 1;
  prepare_another().answer = Answer::refuse;
  ctx.time_out_after(300ms);
  const auto report = run();
  EXPECT_EQ(report.in_doubt, 1U);  // "a", because of the first connection
  EXPECT_EQ(report.refused, 1U);
  EXPECT_EQ(report.exit(plan), Exit::in_doubt);
}

TEST_F(RecoveringPublisher, WhatIsRefusedWhenItIsSentAgainIsInDoubt) {
  source.add("a").add("b");
  session.answer = Answer::withhold;
  session.close_after = 2;
  auto& another = prepare_another();
  another.answer_to = [](const auto& message) {
    return message.body == "a" ? Answer::confirm : Answer::withhold;
  };
  another.close_after = 2;
  another.closed = no_exchange();
  const auto report = run();
  EXPECT_EQ(report.confirmed, 1U);
  EXPECT_EQ(report.refused, 0U);
  EXPECT_EQ(report.in_doubt, 1U);
}

TEST_F(RecoveringPublisher, WhatWasNotYetSentAgainIsInDoubtWhenItsExchangeIsGone) {
  const std::string body(200'000, 'x');  // two of them fill a write
  source.add(body).add(body).add(body);
  plan.exchange = "x";
  session.answer = Answer::withhold;
  session.close_after = 3;
  auto& another = prepare_another();
  another.answer = Answer::withhold;
  another.close_after = 1;
  another.closed = no_exchange();
  const auto report = run();
  EXPECT_EQ(report.refused, 0U);
  EXPECT_EQ(report.in_doubt, 3U);
}

TEST_F(RecoveringPublisher, WhatComesBackWhenItIsSentAgainIsInDoubt) {
  source.add("a");
  session.answer = Answer::withhold;
  session.close_after = 1;
  prepare_another().answer = Answer::send_back;
  const auto report = run();
  EXPECT_EQ(report.returned, 0U);
  EXPECT_EQ(report.in_doubt, 1U);
  EXPECT_EQ(report.exit(plan), Exit::in_doubt);
}

TEST(PublishOutcomes, ANackOfWhatWasInDoubtSaysNothingOfItsFirstTime) {
  test::RunContext run;
  PublishReport report;
  report.sent = 1;
  const PublishPlan plan;
  ConfirmWindow::Entry entry;
  entry.in_doubt = true;
  PublishOutcomes(report, plan, run.context, nullptr)
      .answered(entry, ConfirmWindow::Answer::refused);
  EXPECT_EQ(report.refused, 0U);
  EXPECT_EQ(report.in_doubt, 1U);
  EXPECT_EQ(report.exit(plan), Exit::in_doubt);
}

TEST_F(RecoveringPublisher, APauseAfterARefusalIsNotTimeThatTheBrokerTook) {
  source.add("a");
  session.answer = Answer::withhold;
  session.close_after = 1;
  int refusals = 2;
  prepare_another().answer_to = [&](const auto&) {
    return refusals-- > 0 ? Answer::refuse : Answer::confirm;
  };
  plan.confirm_timeout = 50ms;
  const auto report = run();
  EXPECT_FALSE(report.error) << report.error->what();
  EXPECT_EQ(report.confirmed, 1U);
}

TEST_F(RecoveringPublisher, WithEverythingConfirmedALostConnectionIsNoLoss) {
  source.add("a");
  session.close_after = 1;
  const auto report = run();
  EXPECT_EQ(report.confirmed, 1U);
  EXPECT_FALSE(report.error);
  EXPECT_EQ(report.exit(plan), Exit::ok);
}

}  // namespace
}  // namespace mscomm
