#include "core/amqp/topology.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "unit/amqp/refusal.h"
#include "unit/fake_session.h"
#include "unit/run_context.h"

namespace mscomm {
namespace {

using test::FakeSession;
using test::refuse;
using testing::HasSubstr;

std::string shown(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) {
    return fmt::format("the value '{}' of type 'longstr'", *text);
  }
  return fmt::format("the value '{}' of type 'signedint'",
                     static_cast<std::int64_t>(std::get<std::uint64_t>(value.data)));
}

/// Compares as RabbitMQ 3.10 does and refuses with its words (rabbit_misc:assert_args_equivalence,
/// rabbit_amqqueue:assert_equivalence).
class Existing {
 public:
  Existing(std::string what, std::map<std::string, bool> flags, FieldTable arguments)
      : what_(std::move(what)), flags_(std::move(flags)), arguments_(std::move(arguments)) {}

  void compare_flag(const std::string& name, bool wanted) const {
    if (flags_.at(name) != wanted) {
      differ(name, fmt::format("'{}'", wanted), fmt::format("'{}'", !wanted));
    }
  }
  void compare_arguments(const FieldTable& wanted) const {
    for (const std::string name : {"x-max-length", "x-message-ttl", "x-overflow", "x-queue-type"}) {
      const auto* received = find(wanted, name);
      const auto* current = find(arguments_, name);
      if ((received == nullptr) != (current == nullptr)) {
        differ(name, received != nullptr ? shown(*received) : "none",
               current != nullptr ? shown(*current) : "none");
      } else if (received != nullptr && received->data != current->data) {
        const auto short_form = [](const FieldValue& value) {
          const auto text = shown(value).substr(10);
          return text.substr(0, text.find(" of type"));
        };
        differ(name, short_form(*received), short_form(*current));
      }
    }
  }

 private:
  static const FieldValue* find(const FieldTable& table, const std::string& name) {
    for (const auto& [key, value] : table) {
      if (key == name) {
        return &value;
      }
    }
    return nullptr;
  }
  [[noreturn]] void differ(const std::string& name, const std::string& received,
                           const std::string& current) const {
    refuse(406, fmt::format("PRECONDITION_FAILED - inequivalent arg '{}' for {} in vhost '/': "
                            "received {} but current is {}",
                            name, what_, received, current));
  }

  std::string what_;
  std::map<std::string, bool> flags_;
  FieldTable arguments_;
};

void let_exist(FakeSession& session, const Existing& queue) {
  session.on_declare_queue = [queue](const QueueDeclaration& wish) -> QueueState {
    if (!wish.passive) {
      queue.compare_flag("durable", wish.durable);
      queue.compare_flag("auto_delete", wish.auto_delete);
      queue.compare_arguments(wish.arguments);
    }
    return {wish.name, 7, 1};
  };
}

Existing queue_q(bool durable, bool auto_delete, FieldTable arguments = {}) {
  return {"queue 'q'", {{"durable", durable}, {"auto_delete", auto_delete}}, std::move(arguments)};
}

// The texts are RabbitMQ 3.10.8's own.
TEST(ParseMismatch, ReadsFlags) {
  const auto mismatch = parse_mismatch(
      "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'tra' in vhost '/': received "
      "'true' but current is 'false'");
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->argument, "durable");
  EXPECT_EQ(mismatch->received, "true");
  EXPECT_EQ(mismatch->current, "false");
  EXPECT_EQ(mismatch->current_type, "");
}

TEST(ParseMismatch, ReadsAnArgumentThatWasNotGiven) {
  const auto mismatch = parse_mismatch(
      "PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'arg' in vhost '/': "
      "received none but current is the value '60000' of type 'signedint'");
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->argument, "x-message-ttl");
  EXPECT_EQ(mismatch->received, "");
  EXPECT_EQ(mismatch->current, "60000");
  EXPECT_EQ(mismatch->current_type, "signedint");
}

TEST(ParseMismatch, ReadsAnArgumentThatIsNotThere) {
  const auto mismatch = parse_mismatch(
      "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'dur' in vhost '/': "
      "received the value 'quorum' of type 'longstr' but current is none");
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->received, "quorum");
  EXPECT_EQ(mismatch->current, "");
  EXPECT_EQ(mismatch->current_type, "");
}

TEST(ParseMismatch, ReadsTwoValues) {
  const auto mismatch = parse_mismatch(
      "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'quo' in vhost '/': "
      "received 'stream' but current is 'quorum'");
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->received, "stream");
  EXPECT_EQ(mismatch->current, "quorum");
}

TEST(ParseMismatch, ReadsExchanges) {
  const auto mismatch = parse_mismatch(
      "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'fan' in vhost '/': received "
      "'topic' but current is 'fanout'");
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->argument, "type");
  EXPECT_EQ(mismatch->current, "fanout");
}

TEST(ParseMismatch, LeavesOtherTextsAlone) {
  EXPECT_FALSE(parse_mismatch(""));
  EXPECT_FALSE(parse_mismatch("NOT_FOUND - no queue 'nope' in vhost '/'"));
  EXPECT_FALSE(
      parse_mismatch("PRECONDITION_FAILED - invalid arg 'x-max-length' for queue 'new' in "
                     "vhost '/': \"expected integer, got longstr\""));
  EXPECT_FALSE(parse_mismatch("PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q'"));
}

TEST(EnsureQueue, MakesADurableQueueWhenItIsMissing) {
  FakeSession session;
  ensure_queue(session, {"q", QueueKind::any, {}});
  ASSERT_EQ(session.declared_queues.size(), 1U);
  const auto& queue = session.declared_queues[0];
  EXPECT_TRUE(queue.durable);
  EXPECT_FALSE(queue.passive || queue.exclusive || queue.auto_delete);
  EXPECT_TRUE(queue.arguments.empty());
}

TEST(EnsureQueue, DeclaresTheKindThatWasAskedFor) {
  FakeSession session;
  ensure_queue(session, {"q", QueueKind::transient, {}});
  ensure_queue(session, {"q", QueueKind::quorum, {}});
  ensure_queue(session, {"q", QueueKind::stream, {}});
  ensure_queue(session, {"q", QueueKind::exclusive, {}});
  ensure_queue(session, {"", QueueKind::exclusive, {}});
  const auto& queues = session.declared_queues;
  EXPECT_FALSE(queues[0].durable);
  EXPECT_EQ(queues[1].arguments, (FieldTable{{"x-queue-type", FieldValue::text("quorum")}}));
  EXPECT_TRUE(queues[1].durable);
  EXPECT_EQ(queues[2].arguments, (FieldTable{{"x-queue-type", FieldValue::text("stream")}}));
  EXPECT_TRUE(queues[3].exclusive && !queues[3].durable && !queues[3].auto_delete);
  EXPECT_TRUE(queues[4].exclusive && queues[4].auto_delete);
}

TEST(EnsureQueue, TakesWhatExistsAsItIs) {
  const FieldTable arguments{{"x-message-ttl", FieldValue::integer(60000)},
                             {"x-max-length", FieldValue::integer(-1)},
                             {"x-overflow", FieldValue::text("")}};
  for (const auto& existing : {queue_q(true, false), queue_q(false, false), queue_q(false, true),
                               queue_q(true, false, {{"x-queue-type", FieldValue::text("quorum")}}),
                               queue_q(false, true, arguments)}) {
    FakeSession session;
    let_exist(session, existing);
    EXPECT_EQ(ensure_queue(session, {"q", QueueKind::any, {}}).messages, 7U);
    EXPECT_FALSE(session.declared_queues.back().passive);
  }
}

TEST(EnsureQueue, OnlyWhatWasAskedForByNameIsAConflict) {
  FakeSession session;
  let_exist(session, queue_q(false, true,
                             {{"x-message-ttl", FieldValue::integer(5)},
                              {"x-max-length", FieldValue::integer(10)}}));
  const QueueWish same{"q", QueueKind::transient, {{"x-max-length", FieldValue::integer(10)}}};
  EXPECT_EQ(ensure_queue(session, same).messages, 7U);
  const QueueWish other{"q", QueueKind::any, {{"x-max-length", FieldValue::integer(20)}}};
  try {
    ensure_queue(session, other);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Exit::failed);
    EXPECT_STREQ(error.what(),
                 "queue 'q' exists with x-max-length=10, but x-max-length=20 was asked for");
  }
}

TEST(EnsureQueue, AKindThatDiffersIsAConflictThatShowsBoth) {
  const auto conflict = [](const Existing& existing, QueueKind kind) -> std::string {
    FakeSession session;
    let_exist(session, existing);
    try {
      ensure_queue(session, {"q", kind, {}});
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), Exit::failed);
      return error.what();
    }
    return "no conflict";
  };
  EXPECT_EQ(conflict(queue_q(false, false), QueueKind::durable),
            "queue 'q' exists with durable=false, but durable=true was asked for");
  EXPECT_EQ(conflict(queue_q(true, false), QueueKind::transient),
            "queue 'q' exists with durable=true, but durable=false was asked for");
  EXPECT_EQ(conflict(queue_q(false, true), QueueKind::quorum),
            "queue 'q' exists with x-queue-type=none, but x-queue-type=quorum was asked for");
  const FieldTable quorum{{"x-queue-type", FieldValue::text("quorum")}};
  EXPECT_EQ(conflict(queue_q(true, false, quorum), QueueKind::stream),
            "queue 'q' exists with x-queue-type=quorum, but x-queue-type=stream was asked for");
  EXPECT_EQ(conflict(queue_q(true, false, quorum), QueueKind::durable), "no conflict");
  EXPECT_EQ(conflict(queue_q(true, false, quorum), QueueKind::quorum), "no conflict");
}

TEST(EnsureQueue, UsesAnExistingQueueThatItMayNotConfigure) {
  FakeSession session;
  session.on_declare_queue = [](const QueueDeclaration& queue) -> QueueState {
    if (!queue.passive) {
      refuse(403, "ACCESS_REFUSED - access to queue 'q' in vhost '/' refused for user 'low'");
    }
    return {"q", 3, 0};
  };
  EXPECT_EQ(ensure_queue(session, {"q", QueueKind::any, {}}).messages, 3U);
  EXPECT_THROW(ensure_queue(session, {"q", QueueKind::durable, {}}), ChannelRefusal);
}

TEST(EnsureQueue, AMissingQueueThatItMayNotMakeIsDenied) {
  FakeSession session;
  session.on_declare_queue = [](const QueueDeclaration& queue) -> QueueState {
    if (!queue.passive) {
      refuse(403, "ACCESS_REFUSED - access to queue 'q' in vhost '/' refused for user 'low'");
    }
    refuse(404, "NOT_FOUND - no queue 'q' in vhost '/'");
  };
  try {
    ensure_queue(session, {"q", QueueKind::any, {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Exit::denied);
    EXPECT_THAT(error.what(), HasSubstr("refused for user 'low'"));
  }
}

TEST(EnsureQueue, OtherRefusalsAreNotRetried) {
  for (const auto* text : {"PRECONDITION_FAILED - invalid arg 'x-max-length' for queue 'q'",
                           "RESOURCE_LOCKED - cannot obtain exclusive access"}) {
    FakeSession session;
    session.on_declare_queue = [&](const QueueDeclaration&) -> QueueState { refuse(406, text); };
    EXPECT_THROW(ensure_queue(session, {"q", QueueKind::any, {}}), ChannelRefusal);
    EXPECT_EQ(session.declared_queues.size(), 1U);
  }
}

TEST(EnsureQueue, ABrokerThatIsNeverContentIsAskedPassivelyInTheEnd) {
  FakeSession session;
  session.on_declare_queue = [](const QueueDeclaration& queue) -> QueueState {
    if (!queue.passive) {
      refuse(406,
             "PRECONDITION_FAILED - inequivalent arg 'x-s' for queue 'q' in vhost '/': "
             "received none but current is the value 'a'b' of type 'longstr'");
    }
    return {"q", 1, 0};
  };
  EXPECT_EQ(ensure_queue(session, {"q", QueueKind::any, {}}).messages, 1U);
  EXPECT_LE(session.declared_queues.size(), 33U);
}

TEST(EnsureQueue, AValueThatCannotBeWrittenDownIsLookedUpPassively) {
  FakeSession session;
  session.on_declare_queue = [](const QueueDeclaration& queue) -> QueueState {
    if (!queue.passive) {
      refuse(406,
             "PRECONDITION_FAILED - inequivalent arg 'x-t' for queue 'q' in vhost '/': "
             "received none but current is the value '[{a,1}]' of type 'table'");
    }
    return {"q", 1, 0};
  };
  ensure_queue(session, {"q", QueueKind::any, {}});
  EXPECT_EQ(session.declared_queues.size(), 2U);
}

void let_exist(FakeSession& session, const std::string& type, bool durable) {
  session.on_declare_exchange = [=](const ExchangeDeclaration& wish) {
    const auto differ = [](const char* name, const std::string& received,
                           const std::string& current) {
      refuse(406,
             fmt::format("PRECONDITION_FAILED - inequivalent arg '{}' for exchange 'x' in vhost "
                         "'/': received '{}' but current is '{}'",
                         name, received, current));
    };
    if (wish.passive) {
      return;
    }
    if (wish.type != type) {
      differ("type", wish.type, type);
    }
    if (wish.durable != durable) {
      differ("durable", fmt::format("{}", wish.durable), fmt::format("{}", durable));
    }
    if (wish.auto_delete) {
      differ("auto_delete", "true", "false");
    }
  };
}

TEST(EnsureExchange, MakesADurableFanoutUnlessToldOtherwise) {
  FakeSession session;
  ensure_exchange(session, {"x", {}, {}, {}});
  ensure_exchange(session, {"x", "topic", false, {{"a", FieldValue::text("b")}}});
  const auto& exchanges = session.declared_exchanges;
  EXPECT_EQ(exchanges[0].type, "fanout");
  EXPECT_TRUE(exchanges[0].durable && !exchanges[0].passive);
  EXPECT_EQ(exchanges[1].type, "topic");
  EXPECT_FALSE(exchanges[1].durable);
  EXPECT_EQ(exchanges[1].arguments.size(), 1U);
}

TEST(EnsureExchange, TakesWhatExistsAsItIs) {
  FakeSession session;
  let_exist(session, "topic", false);
  ensure_exchange(session, {"x", {}, {}, {}});
  EXPECT_EQ(session.declared_exchanges.back().type, "topic");
  EXPECT_FALSE(session.declared_exchanges.back().durable);
  ensure_exchange(session, {"x", "topic", {}, {}});
  try {
    ensure_exchange(session, {"x", "direct", {}, {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "exchange 'x' exists with type=topic, but type=direct was asked for");
  }
}

TEST(EnsureExchange, SaysTheTypeThatItHas) {
  FakeSession session;
  EXPECT_EQ(ensure_exchange(session, {"x", {}, {}, {}}), "fanout");
  EXPECT_EQ(ensure_exchange(session, {"amq.topic", {}, {}, {}}), "topic");
  EXPECT_EQ(ensure_exchange(session, {"amq.match", {}, {}, {}}), "headers");
  EXPECT_EQ(ensure_exchange(session, {"amq.rabbitmq.log", {}, {}, {}}), "topic");
  let_exist(session, "direct", true);
  EXPECT_EQ(ensure_exchange(session, {"x", {}, {}, {}}), "direct");
}

TEST(KeysForEverything, AreThoseOfTheType) {
  using Keys = std::vector<std::string>;
  test::RunContext ctx;
  const auto keys = [&](const std::string& type) {
    return keys_for_everything("x", type, ctx.context.log);
  };
  testing::internal::CaptureStderr();
  EXPECT_EQ(keys("topic"), Keys{"#"});
  EXPECT_EQ(keys("fanout"), Keys{""});
  EXPECT_EQ(keys("headers"), Keys{""});
  EXPECT_EQ(keys(""), (Keys{"#", ""}));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  testing::internal::CaptureStderr();
  EXPECT_EQ(keys("direct"), Keys{""});
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("no key for everything"));
}

TEST(EnsureExchange, OnlyLooksUpTheBrokersOwn) {
  FakeSession session;
  ensure_exchange(session, {"amq.topic", {}, {}, {}});
  ASSERT_EQ(session.declared_exchanges.size(), 1U);
  EXPECT_TRUE(session.declared_exchanges[0].passive);
}

}  // namespace
}  // namespace mscomm
