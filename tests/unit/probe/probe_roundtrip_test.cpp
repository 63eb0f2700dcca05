#include "core/probe/roundtrip.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <deque>

#include "core/runtime/environment.h"
#include "core/runtime/signals.h"
#include "core/telemetry/context.h"
#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// A broker that answers a publish with scripted events; the message itself is one of them.
class EchoingSession final : public Session {
 public:
  EchoingSession() { EXPECT_EQ(pipe(pipe_.data()), 0); }
  EchoingSession(const EchoingSession&) = delete;
  EchoingSession& operator=(const EchoingSession&) = delete;
  ~EchoingSession() override {
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }

  void will_say(Event event) { events_.push_back(std::move(event)); }
  void will_deliver(std::string change = {}) {
    change_ = std::move(change);
    events_.emplace_back(Delivery{});
  }
  void will_say_at_the_end(Event event) { last_words_.push_back(std::move(event)); }

  std::optional<Event> next() override {
    if (!published && !closed) {
      return std::nullopt;
    }
    auto& events = closed ? last_words_ : events_;
    if (events.empty()) {
      return std::nullopt;
    }
    auto event = std::move(events.front());
    events.pop_front();
    if (auto* delivery = std::get_if<Delivery>(&event)) {
      body_ += change_;
      delivery->body = body_;
      delivery->delivery_tag = 7;
    }
    return event;
  }
  std::uint64_t begin_publish(const Route& route, const Properties&, std::uint64_t,
                              bool mandatory) override {
    EXPECT_EQ(route, (Route{"", "amq.gen-1"}));
    EXPECT_TRUE(mandatory);
    return 1;
  }
  void append_body(std::string_view part) override {
    body_ = part;
    published = true;
  }
  QueueState declare_queue(const QueueDeclaration& queue) override {
    EXPECT_TRUE(queue.exclusive && queue.auto_delete && queue.name.empty());
    return {"amq.gen-1", 0, 0};
  }
  std::string consume(const Subscription& subscription) override {
    EXPECT_EQ(subscription.queue, "amq.gen-1");
    return "tag";
  }
  void settle(std::uint64_t delivery_tag, Settle how, bool) override {
    EXPECT_EQ(how, Settle::ack);
    settled = delivery_tag;
  }
  bool stop_consumer(const std::string&) override { return true; }
  void discard_deliveries() override {}
  bool close(const Deadline&) noexcept override {
    closed = true;
    return last_words_.empty();
  }

  [[nodiscard]] int fd() const override { return pipe_[0]; }
  [[nodiscard]] short events() const override { return 1; }
  [[nodiscard]] TimePoint wake_at() const override { return TimePoint::max(); }
  void flush() override {}
  [[nodiscard]] bool is_receiving() const override { return false; }
  [[nodiscard]] std::size_t buffered() const override { return 0; }
  void keep_alive() override {}
  void declare_exchange(const ExchangeDeclaration&) override {}
  void bind(const Binding&) override {}
  void delete_queue(const std::string&) override {}
  void delete_exchange(const std::string&, const Deadline&) override {}
  void cancel(const std::vector<std::string>&, const Deadline&) override {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const BrokerUrl& broker() const override { return broker_; }
  [[nodiscard]] const BrokerVersion& version() const override { return version_; }

  bool published = false;
  bool closed = false;
  std::uint64_t settled = 0;

 private:
  std::array<int, 2> pipe_{};
  std::deque<Event> events_;
  std::deque<Event> last_words_;
  std::string body_;
  std::string change_;
  std::string name_ = "fake";
  BrokerUrl broker_;
  BrokerVersion version_;
};

class Roundtrip : public testing::Test {
 protected:
  std::string error() {
    return test::error_of([this] {
      roundtrip(session_, Deadline(clock_.now() + 30ms), context_);
      close_after_roundtrip(session_, Deadline(clock_.now() + 30ms));
    });
  }

  EchoingSession session_;
  SystemClock clock_;
  Environment environment_;
  Observer observer_;
  StopSignal stop_;
  Context context_{environment_, observer_, clock_, stop_};
};

TEST_F(Roundtrip, HoldsWhenTheMessageWasConfirmedAndCameBack) {
  session_.will_say(Confirm{1, false, true});
  session_.will_deliver();
  EXPECT_EQ(error(), "no error was thrown");
  EXPECT_EQ(session_.settled, 7U);
  EXPECT_TRUE(session_.closed);
}

TEST_F(Roundtrip, TakesConfirmAndMessageInAnyOrder) {
  session_.will_deliver();
  session_.will_say(Confirm{1, false, true});
  EXPECT_EQ(error(), "no error was thrown");
}

TEST_F(Roundtrip, FailsWhenTheMessageWasChanged) {
  session_.will_deliver("!");
  EXPECT_EQ(error(), "failed: the message did not come back as it was sent");
}

TEST_F(Roundtrip, FailsWhenTheBrokerRefusesTheMessage) {
  session_.will_say(Confirm{1, false, false});
  EXPECT_EQ(error(), "failed: the broker refused the message (basic.nack)");
}

TEST_F(Roundtrip, FailsWhenNoQueueTookTheMessage) {
  session_.will_say(Returned{312, "NO_ROUTE", {}, {}, 0});
  session_.will_say(Confirm{1, false, true});
  EXPECT_EQ(error(), "failed: the message was returned: 312 NO_ROUTE");
}

TEST_F(Roundtrip, FailsAtOnceWhenAnAlarmBlocks) {
  session_.will_say(Blocked{"low on disk"});
  EXPECT_EQ(error().find("failed: the broker accepts no messages: low on disk"), 0U);
  EXPECT_FALSE(session_.closed);
}

TEST_F(Roundtrip, FailsWhenTheAlarmIsAnnouncedAfterTheMessageCameBack) {
  session_.will_say(Confirm{1, false, true});
  session_.will_deliver();
  session_.will_say_at_the_end(Blocked{"low on memory"});
  EXPECT_EQ(error().find("failed: the broker accepts no messages: low on memory"), 0U);
}

TEST_F(Roundtrip, EndsWithTheConnection) {
  session_.will_say(Closed{Error(Exit::unreachable, "the connection was lost"), false, 0, {}});
  EXPECT_EQ(error(), "unreachable: the connection was lost");
}

TEST_F(Roundtrip, SaysAtTheDeadlineWhatIsMissing) {
  EXPECT_EQ(error().find("timeout: the message was not confirmed in time"), 0U);
  session_.will_say(Confirm{1, false, true});
  EXPECT_EQ(error().find("timeout: the message was confirmed but did not come back in time"), 0U);
}

}  // namespace
}  // namespace mscomm
