#include "core/publish/confirmed_sender.h"

#include <gtest/gtest.h>

#include "unit/fake_clock.h"
#include "unit/fake_session.h"
#include "unit/run_context.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

class Deaf final : public AnswerListener {
 public:
  void answered(const ConfirmWindow::Entry& /*entry*/, ConfirmWindow::Answer /*a*/) override {}
  void came_back(const ConfirmWindow::Entry* /*entry*/, const Returned& /*message*/) override {}
  void ended(const ConfirmWindow::Entry& /*entry*/, const Closed& /*closed*/,
             std::size_t /*left*/) override {}
};

// A window of 80 messages is refilled by 20 at once.
class GatheringSender : public testing::Test {
 protected:
  GatheringSender() {
    plan.window = 80;
    session.answer = test::FakeSession::Answer::withhold;
  }

  void add() {
    auto& entry = sender.add();
    entry.route = {"", "q"};
    entry.body = "x";
    sender.measure(entry);
  }
  void fill_window() {
    while (sender.send_on()) {
      add();
    }
    sender.drain();
  }
  void confirm(std::uint64_t count) {
    session.confirm(confirmed += count, true);
    sender.drain();
  }
  // The window, full, gets room and is filled again.
  void refill_in(Duration time) {
    fill_window();
    clock.move(time);
    confirm(20);
    fill_window();
  }

  test::FakeClock clock;
  test::RunContext ctx;
  Context context{ctx.environment, ctx.observer, clock, ctx.stop};
  test::FakeSession session;
  SessionOwner owner{test::borrow(session)};
  PublishPlan plan;
  PublishReport report;
  Deaf listener;
  ConfirmedSender sender{owner, plan, context, report, listener};
  std::uint64_t confirmed = 0;
};

TEST_F(GatheringSender, SleepsForAPartOfTheTimeThatRoomTakes) {
  refill_in(8ms);
  confirm(1);
  EXPECT_EQ(sender.gathers_for(), 1ms);
  confirm(15);
  EXPECT_EQ(sender.gathers_for(), 1ms);
}

TEST_F(GatheringSender, IsNotAwayForLongWhateverRoomTakes) {
  refill_in(1s);
  confirm(1);
  EXPECT_EQ(sender.gathers_for(), 2ms);
}

TEST_F(GatheringSender, DoesNotSleepWhenThereIsRoomSoon) {
  refill_in(3ms);
  confirm(1);
  EXPECT_EQ(sender.gathers_for(), 0ms);
}

TEST_F(GatheringSender, DoesNotSleepWhenConfirmsComeInLargeNumbersAnyway) {
  refill_in(1s);
  confirm(3);
  EXPECT_EQ(sender.gathers_for(), 0ms);
}

TEST_F(GatheringSender, WaitsForTheSocketAfterASleepThatBroughtNothing) {
  refill_in(1s);
  confirm(1);
  sender.drain();
  EXPECT_EQ(sender.gathers_for(), 0ms);
}

TEST_F(GatheringSender, NeverSleepsOnALoneMessage) {
  refill_in(1s);
  clock.move(1s);
  confirm(80);
  add();
  ASSERT_TRUE(sender.send_on());
  sender.drain();
  EXPECT_EQ(sender.gathers_for(), 0ms);
  confirm(1);
  EXPECT_EQ(sender.gathers_for(), 0ms);
}

TEST_F(GatheringSender, DoesNotSleepOnWhatIsStillToBeSent) {
  refill_in(1s);
  session.stalled = true;
  refill_in(1s);
  confirm(1);
  ASSERT_GT(session.buffered(), 0U);
  EXPECT_EQ(sender.gathers_for(), 0ms);
}

}  // namespace
}  // namespace mscomm
