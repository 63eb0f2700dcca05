// What the loop promises to any handler, shown with one that the program does not have.
// forward_handler_test.cpp shows what it promises to one that works over another connection.
#include "unit/consume/consumer_fixture.h"

namespace mscomm {
namespace {

using Settled = FakeSession::Settled;
using testing::ElementsAre;

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
};

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
