// What the loop promises to any handler, shown with two that the program does not have.
#include <deque>

#include "unit/consume/consumer_fixture.h"

namespace mscomm {
namespace {

using Settled = FakeSession::Settled;
using testing::ElementsAre;

// Sends messages on to another broker, and acknowledges each when that has confirmed it.
class Forwarding final : public DeliveryHandler {
 public:
  explicit Forwarding(FakeSession& other) : other_(other) {}

  bool take(const DeliveryRecord& record) override {
    const auto sequence = other_.publish({"", "copy"}, {}, record.delivery.body, true);
    unconfirmed_.push_back({sequence, record.delivery.delivery_tag});
    return false;
  }
  void flush(DeliveryLedger&) override { other_.flush(); }
  [[nodiscard]] const Handled& handled() const override { return handled_; }

  void advance(DeliveryLedger& ledger) override {
    while (const auto event = other_.next()) {
      const auto& confirm = std::get<Confirm>(*event);
      std::erase_if(unconfirmed_, [&](const auto& each) {
        if (each.sequence != confirm.sequence) {
          return false;
        }
        ++handled_.messages;
        handled_.outcomes.add(confirm.accepted ? Exit::ok : Exit::failed);
        ledger.decide(each.tag, confirm.accepted ? Fate::ack : Fate::hold);
        return true;
      });
    }
  }
  [[nodiscard]] bool is_working() const override { return !unconfirmed_.empty(); }
  void append_polled(std::vector<pollfd>& polled) const override {
    polled.push_back({other_.fd(), POLLIN, 0});
  }
  void disown() override { unconfirmed_.clear(); }
  void end(Ending how, const Deadline&, DeliveryLedger&) override {
    if (how != Ending::finish) {
      unconfirmed_.clear();  // nobody can make another broker hurry
    }
  }

 private:
  struct Sent {
    std::uint64_t sequence;
    std::uint64_t tag;
  };

  FakeSession& other_;
  std::deque<Sent> unconfirmed_;
  Handled handled_;
};

// Adds up messages, and saves the sum now and then.
class Folding final : public DeliveryHandler {
 public:
  Folding(const Clock& clock, Duration every) : clock_(clock), every_(every) {}

  bool take(const DeliveryRecord& record) override {
    due_ = due_.at() ? due_ : Deadline(clock_.now() + every_);
    sum += std::stoi(std::string(record.delivery.body));
    ++handled_.messages;
    return false;
  }
  void flush(DeliveryLedger&) override {}
  [[nodiscard]] const Handled& handled() const override { return handled_; }

  void advance(DeliveryLedger& ledger) override {
    if (due_.passed(clock_.now())) {
      save(ledger);
    }
  }
  [[nodiscard]] Deadline wake_at() const override { return due_; }
  void end(Ending, const Deadline&, DeliveryLedger& ledger) override { save(ledger); }

  int sum = 0;
  std::vector<int> saved;

 private:
  void save(DeliveryLedger& ledger) {
    due_ = {};
    saved.push_back(sum);
    ledger.decide_open(Fate::ack);
  }

  const Clock& clock_;
  Duration every_;
  Deadline due_;
  Handled handled_;
};

class Handling : public Consumer {
 protected:
  ConsumeReport run_with(DeliveryHandler& handler) {
    SessionOwner owner(test::borrow(session));
    auto report = consume_all(owner, plan, handler, ctx.context, matches);
    EXPECT_EQ(session.closes, 1);
    return report;
  }

  FakeSession copies;
};

TEST_F(Handling, OfWhatIsSentOnIsAcknowledgedWhatIsConfirmedThere) {
  enqueue(3);
  plan.until_empty = true;
  copies.answer_to = [](const auto& message) {
    return message.body == "m2" ? FakeSession::Answer::refuse : FakeSession::Answer::confirm;
  };
  Forwarding forwarding(copies);
  const auto report = run_with(forwarding);
  EXPECT_FALSE(report.error);
  EXPECT_EQ(report.taken, 3U);
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(report.returned, 1U);
  EXPECT_EQ(report.outcomes.count(Exit::failed), 1U);
}

TEST_F(Handling, WaitsForWhatIsUnderWayWhenTheCountIsReached) {
  enqueue(2);
  plan.count = 2;
  copies.answer = FakeSession::Answer::withhold;
  copies.when_waited_for.emplace_back([this] { copies.confirm(1); });
  copies.when_waited_for.emplace_back([this] { copies.confirm(2); });
  Forwarding forwarding(copies);
  const auto report = run_with(forwarding);
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(session.unacknowledged(), 0U);
}

TEST_F(Handling, WhatIsUnderWayAtTheDeadlineGoesBack) {
  enqueue(2);
  copies.answer_to = [](const auto& message) {
    return message.body == "m1" ? FakeSession::Answer::confirm : FakeSession::Answer::withhold;
  };
  ctx.time_out_after(50ms);
  Forwarding forwarding(copies);
  const auto report = run_with(forwarding);
  EXPECT_STREQ(report.error->what(),
               "the deadline passed while messages were under way; they go back");
  EXPECT_THAT(session.settled, ElementsAre(Settled{1, Settle::ack, false}));
}

TEST_F(Handling, NothingIsAcknowledgedBeforeItIsSavedAndEverythingIsSavedAtTheEnd) {
  for (const char* body : {"1", "2", "3"}) {
    session.enqueue(body);
  }
  plan.idle = 30ms;
  Folding folding(ctx.clock, 10s);
  const auto report = run_with(folding);
  EXPECT_EQ(folding.saved, std::vector<int>{6});
  EXPECT_EQ(report.taken, 3U);
  EXPECT_THAT(session.settled, ElementsAre(Settled{3, Settle::ack, true}));
}

TEST_F(Handling, ComesInTimeForWhatIsDue) {
  session.enqueue("1");
  when_waiting([] {});
  when_waiting([this] {
    EXPECT_EQ(last_settled(), 1U);
    session.push(Cancelled{"ctag"});
  });
  Folding folding(ctx.clock, 10ms);
  const auto start = std::chrono::steady_clock::now();
  run_with(folding);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
}

}  // namespace
}  // namespace mscomm
