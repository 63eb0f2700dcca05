#include "core/consume/forward_handler.h"

#include "core/amqp/broker_error.h"
#include "unit/consume/consumer_fixture.h"

namespace mscomm {
namespace {

using Answer = FakeSession::Answer;
using Settled = FakeSession::Settled;
using testing::ElementsAre;

// A run that forwards from `session` to `copies`.
class Forwarding : public Consumer {
 protected:
  Forwarding() {
    plan.until_empty = true;
    to.routing_key = "copy";
  }

  ConsumeReport forward() {
    SessionOwner source(test::borrow(session), reopen(other_source));
    SessionOwner target(test::borrow(copies), reopen(other_copies));
    ForwardHandler handler(to, sending, make_copies, target, ctx.context);
    auto report = consume_all(source, plan, handler, ctx.context, matches);
    EXPECT_FALSE(handler.is_working());
    return report;
  }

  std::vector<std::string> bodies_of(const FakeSession& target) {
    std::vector<std::string> bodies;
    for (const auto& copy : target.published) {
      bodies.push_back(copy.body);
    }
    return bodies;
  }

  FakeSession copies;
  FakeSession* other_source = nullptr;  // takes the place of a lost one
  FakeSession* other_copies = nullptr;
  ForwardPlan to;
  PublishPlan sending;
  MakeCopies make_copies = copy_unchanged;

 private:
  static SessionOwner::Reopen reopen(FakeSession*& other) {
    return other == nullptr ? SessionOwner::Reopen()
                            : [&other](bool) { return test::borrow(*other); };
  }
};

TEST_F(Forwarding, OfWhatIsSentIsAcknowledgedWhatIsConfirmed) {
  enqueue(4);
  copies.answer_to = [](const auto& message) {
    return message.body == "m2"   ? Answer::refuse
           : message.body == "m3" ? Answer::send_back
                                  : Answer::confirm;
  };
  const auto report = forward();
  EXPECT_FALSE(report.error);
  EXPECT_EQ(report.taken, 4U);
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(report.returned, 2U);
  EXPECT_EQ(report.outcomes.count(Exit::ok), 2U);
  EXPECT_EQ(report.outcomes.count(Exit::failed), 2U);
  EXPECT_EQ(report.maybe_twice, 0U);
  EXPECT_THAT(bodies_of(copies), ElementsAre("m1", "m2", "m3", "m4"));
  EXPECT_TRUE(copies.published.front().mandatory);
  EXPECT_EQ(copies.closes, 1);
}

TEST_F(Forwarding, WaitsForTheLastAnswersWhenTheCountIsReached) {
  enqueue(3);
  plan.until_empty = false;
  plan.count = 2;
  copies.answer = Answer::withhold;
  copies.when_waited_for.emplace_back([this] { copies.confirm(1); });
  copies.when_waited_for.emplace_back([this] { copies.confirm(2); });
  const auto report = forward();
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(session.unacknowledged(), 0U);
  EXPECT_EQ(session.ready(), 1U);
}

TEST_F(Forwarding, WhatIsUnderWayAtTheDeadlineGoesBack) {
  enqueue(2);
  copies.answer_to = [](const auto& message) {
    return message.body == "m1" ? Answer::confirm : Answer::withhold;
  };
  ctx.time_out_after(50ms);
  const auto report = forward();
  EXPECT_STREQ(report.error->what(),
               "the deadline passed while copies were not confirmed; their messages go back");
  EXPECT_EQ(report.acknowledged, 1U);
  EXPECT_EQ(report.outcomes.count(Exit::in_doubt), 1U);
  EXPECT_EQ(report.maybe_twice, 1U);
  EXPECT_THAT(session.settled,
              ElementsAre(Settled{1, Settle::ack, false}, Settled{2, Settle::requeue, false}));
}

TEST_F(Forwarding, WhileTheWindowIsFullNothingMoreIsRead) {
  sending.window = 10;
  plan.prefetch = 1000;
  enqueue(100);
  copies.answer = Answer::withhold;
  int waits = 0;
  // Confirmed one window after the other.
  std::function<void()> look = [&] {
    EXPECT_LE(copies.published.size(), 10U * static_cast<std::size_t>(waits + 1));
    copies.confirm(copies.published.size(), true);
    if (++waits < 50) {
      copies.when_waited_for.emplace_back(look);
    }
  };
  copies.when_waited_for.emplace_back(look);
  const auto report = forward();
  EXPECT_FALSE(report.error);
  EXPECT_EQ(report.acknowledged, 100U);
}

TEST_F(Forwarding, ARateIsKeptWithoutTakingMoreThanIsDue) {
  to.rate = 1000;
  enqueue(20);
  const auto start = std::chrono::steady_clock::now();
  const auto report = forward();
  EXPECT_GE(std::chrono::steady_clock::now() - start, 19ms);
  EXPECT_EQ(report.acknowledged, 20U);
}

TEST_F(Forwarding, AnAnswerOfTheTimeBeforeTheLossDoesNotAcknowledgeWhatHasTheSameTagNow) {
  FakeSession other;
  other_source = &other;
  enqueue(1);
  copies.answer = Answer::withhold;
  when_waiting([this] { session.push(session.closed); });
  other.enqueue({"m1", "", "q", {}, true});
  other.enqueue({"m2", "", "q", {}, false});
  // The first copy is confirmed when it no longer counts, that of m2 is refused.
  copies.answer_to = [this](const auto& message) {
    if (message.sequence == 2) {
      copies.confirm(1);
      return Answer::withhold;
    }
    return message.sequence == 1 ? Answer::withhold : Answer::refuse;
  };
  copies.when_waited_for.emplace_back([] {});
  other.when_waited_for.emplace_back([this, &other] {
    EXPECT_TRUE(other.settled.empty());
    copies.confirm(2);
  });
  const auto report = forward();
  EXPECT_FALSE(report.error);
  EXPECT_THAT(bodies_of(copies), ElementsAre("m1", "m1", "m2"));
  EXPECT_EQ(report.acknowledged, 1U);
  EXPECT_EQ(report.returned, 1U);
  EXPECT_EQ(report.maybe_twice, 1U);
}

TEST_F(Forwarding, WhatIsUnansweredWhenTheTargetIsLostIsSentAgainAndCounted) {
  FakeSession other;
  other_copies = &other;
  enqueue(3);
  copies.close_after = 2;
  copies.answer_to = [](const auto& message) {
    return message.sequence == 1 ? Answer::confirm : Answer::withhold;
  };
  const auto report = forward();
  EXPECT_FALSE(report.error);
  EXPECT_THAT(bodies_of(other), ElementsAre("m2", "m3"));
  EXPECT_EQ(report.acknowledged, 3U);
  EXPECT_EQ(report.maybe_twice, 2U);
}

TEST_F(Forwarding, WhenTheTargetIsLostForGoodWhatIsUnansweredStaysInDoubt) {
  enqueue(3);
  copies.close_after = 2;
  copies.answer_to = [](const auto& message) {
    return message.sequence == 1 ? Answer::confirm : Answer::withhold;
  };
  const auto report = forward();
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::unreachable);
  EXPECT_THAT(report.error->what(), HasSubstr("copies to amqp://localhost:5672/: "));
  EXPECT_EQ(report.acknowledged, 1U);
  EXPECT_EQ(report.returned, 2U);
  EXPECT_EQ(report.outcomes.count(Exit::in_doubt), 2U);
}

TEST_F(Forwarding, WhenTheTargetDoesNotComeBackNothingHangs) {
  enqueue(2);
  copies.close_after = 1;
  copies.answer = Answer::withhold;
  SessionOwner source(test::borrow(session));
  SessionOwner target(test::borrow(copies), [](bool) -> std::unique_ptr<Session> {
    throw Error(Exit::unreachable, "not connected again");
  });
  ForwardHandler handler(to, sending, make_copies, target, ctx.context);
  const auto report = consume_all(source, plan, handler, ctx.context, matches);
  ASSERT_TRUE(report.error);
  EXPECT_THAT(report.error->what(), HasSubstr("not connected again"));
  EXPECT_EQ(report.returned, 2U);
  EXPECT_EQ(report.maybe_twice, 2U);
}

TEST_F(Forwarding, WhatAMissingExchangeCannotHaveIsNotInDoubt) {
  to.exchange = "none";
  enqueue(2);
  const std::string text = "NOT_FOUND - no exchange 'none' in vhost '/'";
  copies.closed = {broker_error(404, text), true, 404, text};
  copies.close_after = 1;
  copies.answer = Answer::withhold;
  const auto report = forward();
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::failed);
  EXPECT_EQ(report.outcomes.count(Exit::failed), 2U);
  EXPECT_EQ(report.maybe_twice, 0U);
}

TEST_F(Forwarding, ACopyThatCannotBeSentLeavesItsMessageOnly) {
  enqueue(1);
  session.enqueue({"m2", "", std::string(256, 'k'), {}, false});
  enqueue(1, 3);
  to.exchange = "x";
  to.routing_key.reset();
  const auto report = forward();
  EXPECT_FALSE(report.error);
  EXPECT_THAT(bodies_of(copies), ElementsAre("m1", "m3"));
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(report.returned, 1U);
  EXPECT_EQ(report.maybe_twice, 0U);
}

TEST_F(Forwarding, OfSeveralCopiesAllMustBePlaced) {
  make_copies = [](const DeliveryRecord& record, const auto& take) {
    auto copy = record.delivery;
    for (std::size_t i = 0; i < record.delivery.body.size(); ++i) {
      copy.body = record.delivery.body.substr(i, 1);
      take(copy);
    }
  };
  session.enqueue("ab");
  session.enqueue("cd");
  session.enqueue("");
  copies.answer_to = [](const auto& message) {
    return message.body == "d" ? Answer::refuse : Answer::confirm;
  };
  const auto report = forward();
  EXPECT_THAT(bodies_of(copies), ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(report.taken, 3U);
  EXPECT_EQ(report.outcomes.count(Exit::ok), 1U);
  EXPECT_EQ(report.outcomes.count(Exit::failed), 1U);
  EXPECT_EQ(report.maybe_twice, 1U);
  // Without a copy it stays, and that is no failure.
  EXPECT_EQ(report.returned, 2U);
}

TEST_F(Forwarding, WhatCannotBeCopiedStays) {
  make_copies = [](const DeliveryRecord& record, const auto& take) {
    if (record.delivery.body == "m2") {
      throw Error(Exit::failed, "is no JSON");
    }
    take(record.delivery);
  };
  enqueue(3);
  auto report = forward();
  EXPECT_FALSE(report.error);
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(report.returned, 1U);
}

TEST_F(Forwarding, AStopSignalGivesTheLastAnswersALittleTime) {
  EXPECT_IN_CHILD(([&] {
    enqueue(3);
    plan.until_empty = false;
    copies.answer = Answer::withhold;
    copies.when_waited_for.emplace_back([] { raise(SIGINT); });
    copies.when_waited_for.emplace_back([this] { copies.confirm(1); });
    const auto start = std::chrono::steady_clock::now();
    const auto report = forward();
    EXPECT_GE(std::chrono::steady_clock::now() - start, kGrace);
    EXPECT_TRUE(report.interrupted);
    EXPECT_EQ(report.acknowledged, 1U);
    EXPECT_EQ(report.returned, 2U);
    EXPECT_EQ(report.maybe_twice, 2U);
  }));
}

TEST_F(Forwarding, ATargetThatDoesNotAnswerIsGivenUp) {
  enqueue(2);
  sending.confirm_timeout = 20ms;
  copies.answer = Answer::withhold;
  const auto report = forward();
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::timeout);
  EXPECT_THAT(report.error->what(), HasSubstr("no confirm came for 20ms"));
  EXPECT_EQ(report.error->hint().find("--confirm-timeout"), std::string::npos);
  EXPECT_EQ(report.returned, 2U);
  EXPECT_EQ(report.maybe_twice, 2U);
}

}  // namespace
}  // namespace mscomm
