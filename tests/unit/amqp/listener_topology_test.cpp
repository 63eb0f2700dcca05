#include "core/amqp/listener_topology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "unit/amqp/refusal.h"
#include "unit/fake_session.h"
#include "unit/run_context.h"

namespace mscomm {
namespace {

using test::FakeSession;
using test::refuse;
using testing::ElementsAre;
using testing::IsEmpty;

class Listener : public testing::Test {
 protected:
  Listener() {
    session.on_declare_exchange = [this](const ExchangeDeclaration& exchange) {
      if (exchange.passive && !existing.contains(exchange.name)) {
        refuse(404, "NOT_FOUND - no exchange '" + exchange.name + "' in vhost '/'");
      }
      existing.insert(exchange.name);
    };
    own.set_queue("gen");
  }
  void listen_to(const std::string& exchange) {
    own.ensure_exchange(session, {exchange, {}, {}, {}});
  }
  std::vector<std::string> deleted_at_the_end() {
    own.remove(session, {}, ctx.context.log);
    session.flush();
    return session.deleted;
  }

  FakeSession session;
  test::RunContext ctx;
  ListenerTopology own;
  std::set<std::string> existing;
};

TEST_F(Listener, RemovesWhatItMadeAndItsQueueFirst) {
  existing = {"there"};
  listen_to("there");
  listen_to("made");
  listen_to("made");
  EXPECT_THAT(deleted_at_the_end(), ElementsAre("gen", "made"));
}

TEST_F(Listener, RemovesNothingTwice) {
  listen_to("made");
  deleted_at_the_end();
  EXPECT_THAT(deleted_at_the_end(), ElementsAre("gen", "made"));
}

TEST_F(Listener, AsksNothingAtTheEndWhenItMadeNothing) {
  existing = {"there", "amq.topic"};
  listen_to("there");
  listen_to("amq.topic");
  EXPECT_THAT(deleted_at_the_end(), IsEmpty());
}

TEST_F(Listener, KeepsWhatAMessageCameThrough) {
  listen_to("used");
  listen_to("made");
  own.note_message("used");
  EXPECT_THAT(deleted_at_the_end(), ElementsAre("gen", "made"));
}

TEST_F(Listener, KeepsEachThatAMessageFromElsewhereMayHaveComeThrough) {
  listen_to("one");
  listen_to("two");
  own.note_message("bound to one of them");
  EXPECT_THAT(deleted_at_the_end(), IsEmpty());
}

TEST_F(Listener, KnowsAfterAnotherConnectionWhatIsItsOwn) {
  existing = {"lost with its node"};
  listen_to("made");
  listen_to("used");
  listen_to("lost with its node");
  own.note_message("used");
  existing = {"made"};
  listen_to("made");
  listen_to("used");
  listen_to("lost with its node");
  EXPECT_THAT(deleted_at_the_end(), ElementsAre("gen", "made", "lost with its node"));
}

// As RabbitMQ 4.2.6 and 4.3.0 answer who lacks the permission `configure`.
TEST_F(Listener, WithoutThePermissionToAskItListensAndRemovesNothing) {
  session.on_declare_exchange = [](const ExchangeDeclaration& exchange) {
    if (exchange.passive) {
      refuse(403, "ACCESS_REFUSED - configure access to exchange 'x' in vhost '/' refused");
    }
  };
  listen_to("x");
  EXPECT_THAT(deleted_at_the_end(), IsEmpty());
}

TEST_F(Listener, RemovesNothingThatItWasNotAllowedToMake) {
  session.on_declare_exchange = [](const ExchangeDeclaration& exchange) {
    exchange.passive ? refuse(404, "NOT_FOUND - no exchange 'x' in vhost '/'")
                     : refuse(403, "ACCESS_REFUSED - configure access to exchange 'x' refused");
  };
  EXPECT_THROW(listen_to("x"), ChannelRefusal);
  EXPECT_THAT(deleted_at_the_end(), IsEmpty());
}

TEST_F(Listener, RemovesWhatMayHaveBeenMadeWithoutAnAnswer) {
  session.on_declare_exchange = [](const ExchangeDeclaration& exchange) {
    if (exchange.passive) {
      refuse(404, "NOT_FOUND - no exchange 'x' in vhost '/'");
    }
    throw Error(Exit::timeout, "no answer");
  };
  EXPECT_THROW(listen_to("x"), Error);
  session.on_declare_exchange = [](const ExchangeDeclaration& exchange) {
    if (exchange.passive) {
      refuse(404, "NOT_FOUND - no exchange 'y' in vhost '/'");
    }
    throw Interrupted();
  };
  EXPECT_THROW(listen_to("y"), Interrupted);
  EXPECT_THAT(deleted_at_the_end(), ElementsAre("gen", "x", "y"));
}

TEST_F(Listener, IsSilentAboutWhatIsInUseAndSaysWhatElseItLeaves) {
  for (const auto* name : {"one", "two", "three"}) {
    listen_to(name);
  }
  session.on_delete_exchange = [](const std::string& exchange) {
    if (exchange == "one") {
      refuse(406, "PRECONDITION_FAILED - exchange 'one' in vhost '/' in use");
    }
    if (exchange == "two") {
      throw Error(Exit::timeout, "no answer in time");
    }
  };
  testing::internal::CaptureStderr();
  EXPECT_THAT(deleted_at_the_end(), ElementsAre("gen", "one", "two", "three"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "mscomm: warning: exchange 'two' was made to listen to it and may still be there: no "
            "answer in time\n");
}

TEST_F(Listener, AbandonsWhatItMadeBeforeTheReasonGoesOn) {
  listen_to("made");
  session.on_delete_exchange = [](const std::string&) { throw Interrupted(); };
  EXPECT_THROW(
      try { throw Error(Exit::io, "the file cannot be written"); } catch (...) {
        own.abandon(session, ctx.context);
        throw;
      },
      Error);
  EXPECT_THAT(session.deleted, ElementsAre("gen", "made"));
}

}  // namespace
}  // namespace mscomm
