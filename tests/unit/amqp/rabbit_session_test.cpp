#include "core/amqp/rabbit_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "unit/amqp/canned_broker.h"
#include "unit/error_matchers.h"
#include "unit/run_context.h"

namespace mscomm {
namespace {

using std::string_literals::operator""s;
using test::CannedBroker;
using test::error_of;
using test::frame;
using test::method;
using testing::AllOf;
using testing::HasSubstr;

const auto deliver_method = method(1, {60, 60}, "\3tag\0\0\0\0\0\0\0\7\0\0\1q"s);

const auto consumer_begun = method(1, {60, 11}) + method(1, {60, 21}, "\3tag"s);

const QueueDeclaration asked_queue = [] {
  QueueDeclaration queue;
  queue.name = "q";
  return queue;
}();

std::string content_header(char class_id, char body_size,
                           std::string_view properties = {"\0\0", 2}) {
  return frame(AMQP_FRAME_HEADER, 1,
               "\0"s + class_id + "\0\0\0\0\0\0\0\0\0"s + body_size + std::string(properties));
}

std::string body(std::string_view bytes) { return frame(AMQP_FRAME_BODY, 1, bytes); }

std::string text_of(const Event& event) {
  if (const auto* delivery = std::get_if<Delivery>(&event)) {
    return "delivery " + std::string(delivery->body);
  }
  const auto* closed = std::get_if<Closed>(&event);
  return closed != nullptr ? "closed: "s + closed->error.what() : "another event";
}

class RabbitSessionTest : public testing::Test {
 protected:
  // One that the broker lets in, and then sends `bytes` to.
  std::unique_ptr<RabbitSession> session_that_hears(const std::string& bytes) {
    broker.say(CannedBroker::greeting() + bytes);
    SessionOptions options;
    options.confirms = true;
    options.request_timeout = patience;
    auto url = broker.url();
    url.heartbeat_seconds = heartbeat;
    return std::make_unique<RabbitSession>(url, options, context,
                                           Deadline(broker.now() + std::chrono::seconds(10)));
  }

  // One that has a consumer, "tag", besides.
  std::unique_ptr<RabbitSession> consuming_session_that_hears(const std::string& bytes) {
    auto session = session_that_hears(consumer_begun + bytes);
    Subscription subscription;
    subscription.consumer_tag = "tag";
    session->consume(subscription);
    return session;
  }

  std::string first_event_of(const std::string& bytes) {
    const auto session = consuming_session_that_hears(bytes);
    const auto event = session->next();
    return event ? text_of(*event) : "no event";
  }

  int heartbeat = 0;
  Duration patience = SessionOptions().request_timeout;
  test::RunContext run;
  CannedBroker broker;
  Context context{run.environment, run.observer, broker, run.stop};
};

TEST_F(RabbitSessionTest, ADeliveryBehindAMethodThatIsNoEventIsNotLeftLying) {
  const auto flow = method(1, {20, 20}, "\1");
  EXPECT_EQ(first_event_of(flow + deliver_method + content_header(60, 2) + body("hi")),
            "delivery hi");
}

TEST_F(RabbitSessionTest, PropertiesOfAnotherClassEndTheConnection) {
  const auto properties = "\xf8\0\1a\1b"s;
  EXPECT_THAT(first_event_of(deliver_method + content_header(10, 0, properties)),
              HasSubstr("does not speak AMQP 0-9-1"));
}

TEST_F(RabbitSessionTest, ContentOutOfOrderEndsTheConnection) {
  for (const auto& bytes : {content_header(60, 0), body("x"), deliver_method + body("x"),
                            deliver_method + content_header(60, 2) + content_header(60, 2)}) {
    EXPECT_THAT(first_event_of(bytes), HasSubstr("sent content that belongs to no message"));
  }
  EXPECT_THAT(first_event_of(deliver_method + content_header(60, 2) + body("abc")),
              HasSubstr("sent more of a message than it has"));
}

TEST_F(RabbitSessionTest, AfterABrokenAnswerTheGoodbyeReadsNothingMore) {
  const auto session = session_that_hears("\1\0\1\x40\0\0\0"s + std::string(4000, 'A'));
  EXPECT_THAT(error_of([&] { session->declare_queue(asked_queue); }),
              HasSubstr("does not speak AMQP 0-9-1"));
  EXPECT_FALSE(session->close(Deadline(broker.now() + std::chrono::seconds(1))));
}

TEST_F(RabbitSessionTest, DeadlinesHoldWhileALargeBodyKeepsComing) {
  auto endless = deliver_method + frame(AMQP_FRAME_HEADER, 1, "\0\x3c\0\0\0\0\0\0\1\0\0\0\0\0"s);
  const auto part = body(std::string(100'000, 'x'));
  while (endless.size() < 16'000'000) {
    endless += part;
  }
  const auto session = consuming_session_that_hears(endless + method(0, {10, 51}));  // close-ok
  broker.step = std::chrono::milliseconds(100);
  EXPECT_THAT(error_of([&] { session->cancel({"tag"}, Deadline()); }),
              HasSubstr("did not send basic.cancel-ok in time"));
  EXPECT_FALSE(session->close(Deadline(broker.now() + std::chrono::seconds(5))));
}

TEST_F(RabbitSessionTest, AChannelThatIsClosedWhenItIsOpenedAgainIsNotOpenedForEver) {
  const auto closed = method(1, {20, 40}, "\2\x1c\4gone\0\0\0\0"s);
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) {
    bytes += closed;
  }
  const auto session = session_that_hears(bytes);
  EXPECT_THAT(error_of([&] { session->declare_queue(asked_queue); }), HasSubstr("gone"));
}

TEST_F(RabbitSessionTest, WhatStandsBehindMessagesIsAwaitedWhileTheyCome) {
  broker.closes = false;
  const auto session = consuming_session_that_hears({});
  const auto part = body(std::string(100'000, 'x'));
  auto message =
      deliver_method + frame(AMQP_FRAME_HEADER, 1, "\0\x3c\0\0\0\0\0\0\0\x98\x96\x80\0\0"s);
  for (int i = 0; i < 100; ++i) {
    message += part;
  }
  broker.go_on(message + method(1, {50, 11}, "\1q\0\0\0\0\0\0\0\0"s));
  // Ten million bytes at a second a look are more than the 30 s that a request may take.
  broker.step = std::chrono::seconds(1);
  EXPECT_EQ(session->declare_queue(asked_queue).name, "q");
}

TEST_F(RabbitSessionTest, WhatCameDuringARequestIsNotWaitedFor) {
  broker.closes = false;
  patience = std::chrono::milliseconds(10);
  const auto session = consuming_session_that_hears({});
  broker.go_on(deliver_method + content_header(60, 2) + body("hi"));
  EXPECT_THAT(error_of([&] { session->declare_queue(asked_queue); }), HasSubstr("in time"));
  const auto wake = session->wake_at();
  EXPECT_LE(wake, broker.now());
  const auto event = session->next();
  ASSERT_TRUE(event);
  EXPECT_EQ(text_of(*event), "delivery hi");
  EXPECT_FALSE(session->next());
  EXPECT_GT(session->wake_at(), broker.now());
}

TEST_F(RabbitSessionTest, TheReplyToARequestThatWasGivenUpIsNotTakenForTheNext) {
  broker.closes = false;
  patience = std::chrono::milliseconds(10);
  const auto session = session_that_hears({});
  Subscription subscription;
  subscription.queue = "q";
  EXPECT_THAT(error_of([&] { session->consume(subscription); }), HasSubstr("basic.qos-ok in time"));
  EXPECT_THAT(error_of([&] { session->declare_queue(asked_queue); }), HasSubstr("in time"));
  const auto declared = [](const std::string& name) {
    return method(1, {50, 11}, "\1" + name + "\0\0\0\0\0\0\0\0"s);
  };
  broker.go_on(method(1, {60, 11}) + method(1, {60, 21}, "\3tag"s) + declared("q") + declared("p"));
  EXPECT_EQ(session->declare_queue(asked_queue).name, "p");
}

// RabbitMQ 3.10 loses the channel when a consumer ends before its begin is answered.
TEST_F(RabbitSessionTest, AConsumerEndsWhenItsBeginIsAnsweredAndNotBefore) {
  broker.closes = false;
  patience = std::chrono::milliseconds(10);
  const auto session = session_that_hears({});
  Subscription subscription;
  subscription.queue = "q";
  subscription.consumer_tag = "tag";
  EXPECT_THAT(error_of([&] { session->consume(subscription); }), HasSubstr("in time"));
  EXPECT_THAT(error_of([&] { session->cancel({"tag"}, Deadline()); }),
              HasSubstr("basic.qos-ok in time"));
  EXPECT_FALSE(session->stop_consumer("tag"));
  broker.go_on(method(1, {60, 11}) + method(1, {60, 21}, "\3tag"s));
  EXPECT_FALSE(session->wake_at() <= broker.now() || session->next());
  EXPECT_TRUE(session->stop_consumer("tag"));
}

TEST_F(RabbitSessionTest, OnAClosedChannelNothingIsAskedFor) {
  const auto session = session_that_hears(method(1, {20, 40}, "\2\x1c\4gone\0\0\0\0"s));
  ASSERT_TRUE(session->next());
  EXPECT_NO_THROW(session->cancel({"tag"}, Deadline()));
  const auto buffered = session->buffered();
  session->stop_consumer("tag");
  EXPECT_EQ(session->buffered(), buffered);
  EXPECT_THAT(error_of([&] { session->declare_queue(asked_queue); }), HasSubstr("is closed"));
}

TEST_F(RabbitSessionTest, ABodyThatStoppedInItsMiddleIsNotComing) {
  broker.closes = false;
  const auto session =
      consuming_session_that_hears(deliver_method + content_header(60, 9) + body("half"));
  EXPECT_FALSE(session->next());
  EXPECT_TRUE(session->is_receiving());
  broker.ahead = std::chrono::minutes(1);
  EXPECT_FALSE(session->is_receiving());
}

TEST_F(RabbitSessionTest, ABrokerThatSpokeWhileTheOutputWasBlockedIsAlive) {
  heartbeat = 1;
  broker.closes = false;
  const auto session = consuming_session_that_hears(deliver_method + content_header(60, 0));
  ASSERT_TRUE(session->next());
  broker.go_on(frame(AMQP_FRAME_HEARTBEAT, 0, ""));
  session->keep_alive();
  broker.ahead = std::chrono::seconds(5);
  session->keep_alive();
  EXPECT_FALSE(session->next());
  broker.ahead = std::chrono::seconds(10);
  const auto event = session->next();
  ASSERT_TRUE(event);
  EXPECT_THAT(text_of(*event), HasSubstr("no sign of life for 2s"));
}

// AMQP 0-9-1: what is out of place ends the connection, and the message says what it was.
TEST_F(RabbitSessionTest, WhatIsOutOfPlaceEndsTheConnection) {
  const auto returned = method(1, {60, 50}, "\1\x38\0\0\1q"s);
  const auto ack = [](char tag) { return method(1, {60, 80}, "\0\0\0\0\0\0\0"s + tag + '\0'); };
  const auto of_nobody = method(1, {60, 60}, "\6nobody\0\0\0\0\0\0\0\1\0\0\1q"s);
  const std::vector<std::pair<std::string, std::string>> rows{
      {of_nobody, "something for the consumer 'nobody', which was not begun"},
      {method(1, {60, 30}, "\6nobody\1"s), "for the consumer 'nobody'"},
      {deliver_method + deliver_method, "a method inside an unfinished message"},
      {deliver_method + content_header(60, 2) + ack(1), "a method inside an unfinished message"},
      {deliver_method + content_header(60, 2) + body(""), "an empty piece"},
      {deliver_method + frame(AMQP_FRAME_HEADER, 1, "\0\x3c\0\0\x80\0\0\0\0\0\0\0\0\0"s),
       "announced a message of 9223372036854775808 bytes"},
      {method(7, {20, 11}, "\0\0\0\0"s), "a frame of channel 7"},
      {method(0, {60, 80}, "\0\0\0\0\0\0\0\1\0"s), "a frame of channel 0"},
      {method(1, {10, 61}), "a frame of channel 1"},
      {frame(AMQP_FRAME_HEARTBEAT, 1, ""), "a frame of channel 1"},
      {frame(AMQP_FRAME_BODY, 2, "x"), "a frame of channel 2"},
      {ack(1), "an answer to message 1, where 0 were sent"},
      {ack(0), "an answer to message 0"},
      {returned, "back a message that was not sent"},
      {method(1, {50, 51}), "queue.unbind-ok, which was not asked for"},
      {method(1, {60, 40}, "\0\0\0\0\0"s), "basic.publish, which was not asked for"}};
  for (const auto& [bytes, what] : rows) {
    EXPECT_THAT(first_event_of(bytes), AllOf(HasSubstr("closed: "), HasSubstr(what)));
  }
}

TEST_F(RabbitSessionTest, ConfirmsAndReturnsAreThoseOfWhatWasSent) {
  broker.closes = false;
  const auto session = session_that_hears({});
  session->publish({"", "q"}, {}, "x", true);
  session->publish({"", "q"}, {}, "x", false);
  const auto returned = method(1, {60, 50}, "\1\x38\0\0\1q"s) + content_header(60, 1) + body("x");
  broker.go_on(returned + method(1, {60, 80}, "\0\0\0\0\0\0\0\2\1"s) + returned);
  session->keep_alive();  // looks at the clock: the broker speaks
  auto event = session->next();
  ASSERT_TRUE(event);
  EXPECT_TRUE(std::holds_alternative<Returned>(*event));
  event = session->next();
  ASSERT_TRUE(event);
  EXPECT_TRUE(std::holds_alternative<Confirm>(*event));
  event = session->next();
  ASSERT_TRUE(event);
  EXPECT_THAT(text_of(*event), HasSubstr("back a message that was not sent"));
}

TEST_F(RabbitSessionTest, MessagesBeforeAConsumerDoNotPassForALogin) {
  broker.say(deliver_method + content_header(60, 0) + CannedBroker::greeting());
  EXPECT_THAT(error_of([&] {
                RabbitSession session(broker.url(), {}, context,
                                      Deadline(broker.now() + std::chrono::seconds(10)));
              }),
              AllOf(HasSubstr("unreachable: "), HasSubstr("a frame of channel 1")));
}

TEST_F(RabbitSessionTest, WhatComesDuringARequestIsBounded) {
  std::string flood;
  const auto message = deliver_method +
                       frame(AMQP_FRAME_HEADER, 1, "\0\x3c\0\0\0\0\0\0\0\1\x86\xa0\0\0"s) +
                       body(std::string(100'000, 'x'));
  while (flood.size() < 40'000'000) {
    flood += message;
  }
  const auto session = consuming_session_that_hears(flood);
  EXPECT_THAT(error_of([&] { session->declare_queue(asked_queue); }),
              HasSubstr("more than 32 MiB came before the answer that was due"));
}

TEST_F(RabbitSessionTest, AFlowThatIsNotReadDoesNotFillTheBuffer) {
  std::string flood;
  for (int i = 0; i < 100'000; ++i) {
    flood += method(1, {20, 20}, i % 2 == 0 ? "\0"s : "\1"s);
  }
  const auto session = session_that_hears(flood);
  bool was_blocked = false;
  while (const auto event = session->next()) {
    const auto* blocked = std::get_if<Blocked>(&*event);
    was_blocked = was_blocked || (blocked != nullptr && blocked->reason == "channel.flow");
  }
  EXPECT_TRUE(was_blocked);
  EXPECT_LT(session->buffered(), 100U);
}

TEST_F(RabbitSessionTest, ABodyForTheMemoryIsBounded) {
  const auto header = frame(AMQP_FRAME_HEADER, 1, "\0\x3c\0\0\0\0\0\0\1\0\0\1\0\0"s);
  EXPECT_THAT(first_event_of(deliver_method + header + body("x")),
              HasSubstr("a message of 16777217 bytes is too large for the memory"));
}

}  // namespace
}  // namespace mscomm
