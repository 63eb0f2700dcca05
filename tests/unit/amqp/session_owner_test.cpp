#include "core/amqp/session_owner.h"

#include <gtest/gtest.h>

#include "unit/fake_session.h"

namespace mscomm {
namespace {

using test::borrow;
using test::FakeSession;

[[noreturn]] void lose_connection(Session&) { throw Error(Exit::unreachable, "reset"); }
[[noreturn]] void refuse_request(Session&) {
  throw ChannelRefusal(Error(Exit::failed, "no queue"), 404, "NOT_FOUND");
}
[[noreturn]] void answer_late(Session&) { throw Error(Exit::timeout, "no answer"); }

TEST(SessionOwner, ReplacesWhatIsLost) {
  FakeSession first;
  FakeSession second;
  bool was_fruitful = false;
  SessionOwner owner(borrow(first), [&](bool fruitful) {
    was_fruitful = fruitful;
    return borrow(second);
  });
  ASSERT_TRUE(owner.replaces());
  EXPECT_THROW(owner.ask(lose_connection), ConnectionLost);
  EXPECT_TRUE(owner.is_lost());
  owner.replace(true);
  EXPECT_TRUE(was_fruitful);
  EXPECT_FALSE(owner.is_lost());
  owner->close({});
  EXPECT_EQ(second.closes, 1);
}

TEST(SessionOwner, HasNoneWhenNoneCanBeOpened) {
  FakeSession first;
  SessionOwner owner(borrow(first), [](bool) -> std::unique_ptr<Session> {
    throw Error(Exit::unreachable, "not connected again");
  });
  EXPECT_TRUE(owner);
  EXPECT_THROW(owner.replace(false), Error);
  EXPECT_FALSE(owner);
}

TEST(SessionOwner, ARefusedRequestLosesTheDeliveriesButALateOneDoesNot) {
  FakeSession session;
  SessionOwner owner(borrow(session));
  EXPECT_FALSE(owner.replaces());
  EXPECT_THROW(owner.ask(answer_late), Error);
  EXPECT_FALSE(owner.is_lost());
  EXPECT_THROW(owner.ask(refuse_request), ChannelRefusal);
  EXPECT_TRUE(owner.is_lost());
}

TEST(SessionOwner, SendsHeartbeatsNowAndThen) {
  FakeSession session;
  SessionOwner owner(borrow(session));
  const auto start = TimePoint() + std::chrono::hours(1);
  owner.attend(start);
  owner.attend(start + kCare / 2);
  EXPECT_EQ(session.keep_alives, 1U);
  owner.attend(start + kCare);
  EXPECT_EQ(session.keep_alives, 2U);
}

}  // namespace
}  // namespace mscomm
