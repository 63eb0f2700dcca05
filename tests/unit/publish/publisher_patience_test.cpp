#include "unit/fake_clock.h"
#include "unit/publish/publisher_fixture.h"

namespace mscomm {
namespace {

// What a broker says, over and over, that confirms nothing that is waited for.
struct Saying {
  const char* name;
  std::function<void(FakeSession&)> say;
};

// NOLINTNEXTLINE(readability-identifier-naming): googletest calls it
void PrintTo(const Saying& saying, std::ostream* out) { *out << saying.name; }

class TalkativeBroker : public Publisher, public testing::WithParamInterface<Saying> {
 protected:
  TalkativeBroker() {
    source.add_many(3);
    session.answer_to = [](const auto& message) {
      return message.sequence == 1 ? Answer::confirm : Answer::withhold;
    };
    plan.confirm_timeout = 30ms;
    ctx.time_out_after(5s);  // a wait that is prolonged ends by another reason
  }
  // Before each wait of the one who uses the session.
  void keep_talking(FakeSession& talker) {
    talker.when_waited_for.emplace_back([this, &talker] {
      GetParam().say(talker);
      keep_talking(talker);
    });
  }
};

TEST_P(TalkativeBroker, DoesNotProlongTheWaitForAConfirm) {
  keep_talking(session);
  testing::internal::CaptureStderr();
  const auto report = publish_all(owner, source, plan, ctx.context);
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(report.confirmed, 1U);
  EXPECT_EQ(report.in_doubt, 2U);
  ASSERT_TRUE(report.error);
  EXPECT_THAT(report.error->what(), HasSubstr("no confirm came for 30ms"));
  EXPECT_EQ(report.exit(plan), Exit::in_doubt);
}

// For a while after that, a nack is not final.
TEST_P(TalkativeBroker, DoesNotProlongItAfterALostConnectionEither) {
  session.close_after = 3;
  auto another = std::make_unique<FakeSession>();
  another->answer = Answer::withhold;
  keep_talking(*another);
  SessionOwner replacing(test::borrow(session), [&](bool) { return std::move(another); });
  testing::internal::CaptureStderr();
  const auto report = publish_all(replacing, source, plan, ctx.context);
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(report.in_doubt, 2U);
  EXPECT_EQ(report.resent, 2U);
  ASSERT_TRUE(report.error);
  EXPECT_THAT(report.error->what(), HasSubstr("no confirm came for 30ms"));
}

// Other frames than messages wait in the buffer, such as the answers to channel.flow.
void send_more(FakeSession& session) {
  session.stalled = true;
  session.wake = {};
  session.stop_consumer("no message");
}

INSTANTIATE_TEST_SUITE_P(
    Each, TalkativeBroker,
    testing::Values(Saying{"Nothing", [](auto& session) { session.wake = {}; }},
                    Saying{"UnknownAck",
                           [](auto& session) {
                             session.push(Confirm{99, false, true});
                           }},
                    Saying{"UnknownAcks",
                           [](auto& session) {
                             session.push(Confirm{99, true, true});
                           }},
                    Saying{"AckOfNothing",
                           [](auto& session) {
                             session.push(Confirm{0, true, true});
                           }},
                    Saying{"UnknownNack",
                           [](auto& session) {
                             session.push(Confirm{99, false, false});
                           }},
                    Saying{"Block", [](auto& session) { session.push(Blocked{"low on memory"}); }},
                    Saying{"Unblock", [](auto& session) { session.push(Unblocked{}); }},
                    Saying{"OtherFrames", send_more}),
    [](const auto& test) { return test.param.name; });

TEST_F(Publisher, AcksOfWhatIsConfirmedDoNotProlongTheWaitForOthers) {
  source.add_many(3);
  session.answer_to = [](const auto& message) {
    return message.sequence == 2 ? Answer::withhold : Answer::confirm;
  };
  plan.confirm_timeout = 30ms;
  ctx.time_out_after(5s);
  std::function<void()> repeat = [&] {
    session.confirm(1, true);
    session.confirm(3);
    session.push(Confirm{3, false, false});
    session.when_waited_for.push_back(repeat);
  };
  repeat();
  const auto report = run();
  EXPECT_EQ(report.confirmed, 2U);
  EXPECT_EQ(report.refused, 0U);
  EXPECT_THAT(report.error->what(), HasSubstr("no confirm came for 30ms"));
}

class BlockedPublisher : public Publisher {
 protected:
  BlockedPublisher() {
    source.add_many(1);
    session.answer = Answer::withhold;
    session.wake = {};  // whoever waits for it goes on at once
    session.push(Blocked{"low on memory"});
    plan.confirm_timeout = 30s;
  }
  void then(Duration later, const std::function<void()>& what) {
    session.when_waited_for.emplace_back([this, later, what] {
      clock.move(later);
      what();
    });
  }
  PublishReport run() {
    Context context{ctx.environment, ctx.observer, clock, ctx.stop};
    testing::internal::CaptureStderr();
    auto report = publish_all(owner, source, plan, context);
    testing::internal::GetCapturedStderr();
    return report;
  }

  test::FakeClock clock;
};

TEST_F(BlockedPublisher, GivesTheBrokerItsTimeAgainAfterTheBlock) {
  then(29s, [&] { session.push(Unblocked{}); });
  then(28s, [] {});
  then(1s, [&] { session.confirm(1); });
  const auto report = run();
  EXPECT_FALSE(report.error) << report.error->what();
  EXPECT_EQ(report.confirmed, 1U);
}

TEST_F(BlockedPublisher, GivesItOnlyOnceWithoutAConfirm) {
  then(29s, [&] { session.push(Unblocked{}); });
  then(1s, [&] { session.push(Blocked{"low on memory"}); });
  then(28s, [&] { session.push(Unblocked{}); });
  then(2s, [] {});
  then(1s, [&] { session.confirm(1); });
  const auto report = run();
  ASSERT_TRUE(report.error);
  EXPECT_THAT(report.error->what(), HasSubstr("no confirm came for 30s"));
  EXPECT_EQ(report.in_doubt, 1U);
}

}  // namespace
}  // namespace mscomm
