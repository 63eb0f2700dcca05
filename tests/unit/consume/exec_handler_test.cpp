#include <fcntl.h>
#include <sys/resource.h>

#include <fstream>

#include "unit/consume/consumer_fixture.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

using Settled = FakeSession::Settled;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

class Commands : public Consumer {
 protected:
  Commands() {
    ctx.environment.variables = {{"PATH", "/usr/bin:/bin"}, {"MSCOMM_MESSAGE_OLD", "x"}};
    plan.until_empty = true;
    plan.prefetch = 1;
  }
  ConsumeReport run_command(const std::string& command, std::size_t concurrency = 1) {
    exec.commands = {command, concurrency, true};
    return run();
  }
  // A message whose body is what its command does.
  void enqueue_scripts(const std::vector<std::string>& scripts) {
    for (const auto& script : scripts) {
      session.enqueue(script);
    }
  }
};

TEST_F(Commands, HaveTheBodyTheRecordAndTheFields) {
  Properties properties;
  properties.message_id = "id";
  properties.reply_to = std::string("a\0b", 3);
  session.enqueue({"the body", "x", "key", properties, true});
  run_command("cat; echo; cut -c 1-32 <&3; env | grep ^MSCOMM_ | sort");
  const auto output = file.content();
  EXPECT_THAT(output, testing::StartsWith("the body\n{\"exchange\":\"x\",\"routing_key\":\"k\n"));
  for (const char* line :
       {"\nMSCOMM_MESSAGE_ROUTING_KEY=key\n", "\nMSCOMM_MESSAGE_EXCHANGE=x\n",
        "\nMSCOMM_MESSAGE_QUEUE=q\n", "\nMSCOMM_MESSAGE_MESSAGE_ID=id\n",
        "\nMSCOMM_MESSAGE_REDELIVERED=true\n", "\nMSCOMM_MESSAGE_DELIVERY_TAG=1\n",
        "\nMSCOMM_MESSAGE_BODY_BYTES=8\n"}) {
    EXPECT_THAT(output, HasSubstr(line));
  }
  EXPECT_THAT(output, Not(HasSubstr("REPLY_TO")));  // no environment can hold it
  EXPECT_THAT(output, Not(HasSubstr("MESSAGE_OLD")));
}

TEST_F(Commands, SettleByTheirExitStatus) {
  enqueue_scripts({"exit 0", "exit 3", "exit 4", "exit 5", "kill -KILL $$", "exit 0"});
  const auto report = run_command("exec sh");
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(report.rejected, 1U);
  EXPECT_EQ(report.returned, 3U);
  EXPECT_EQ(report.taken, 6U);
  EXPECT_EQ(report.outcomes.count(Exit::ok), 4U);
  EXPECT_EQ(report.outcomes.count(Exit::failed), 2U);
  EXPECT_EQ(session.unacknowledged(), 0U);
  EXPECT_FALSE(report.error);
}

TEST_F(Commands, ThatWereStartedFinishWhenTheNextCannotBe) {
  enqueue_scripts({"exit 0", "exit 0"});
  plan.prefetch = 2;
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  matches = [&, taken = 0](const DeliveryRecord&) mutable {
    if (++taken == 2) {  // from now on no descriptor can be opened
      const UniqueFd lowest_free(open("/dev/null", O_RDONLY | O_CLOEXEC));
      const rlimit none{static_cast<rlim_t>(lowest_free.get()), before.rlim_max};
      setrlimit(RLIMIT_NOFILE, &none);
    }
    return true;
  };
  const auto report = run_command("exec sh", 2);
  setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->reason(), Exit::io) << report.error->what();
  EXPECT_THAT(session.settled, testing::UnorderedElementsAre(Settled{1, Settle::ack, false},
                                                             Settled{2, Settle::requeue, false}));
}

TEST_F(Commands, ThatWereStartedFinishWhenTheNextMessageEndsTheRun) {
  enqueue_scripts({"exit 0", "exit 0"});
  plan.prefetch = 2;
  matches = [taken = 0](const DeliveryRecord&) mutable {
    return ++taken == 1 ? true : throw Error(Exit::failed, "no");
  };
  EXPECT_TRUE(run_command("exec sh", 2).error);
  EXPECT_THAT(session.settled, testing::UnorderedElementsAre(Settled{1, Settle::ack, false},
                                                             Settled{2, Settle::requeue, false}));
}

TEST_F(Commands, RejectWhatFailedWhenThePlanSaysSo) {
  enqueue_scripts({"exit 1", "exit 0"});
  exec.on_fail = OnFail::reject;
  EXPECT_EQ(run_command("exec sh").rejected, 1U);
  EXPECT_THAT(session.settled,
              ElementsAre(Settled{1, Settle::reject, false}, Settled{2, Settle::ack, false}));
}

TEST_F(Commands, StopAtTheFirstFailureWhenThePlanSaysSo) {
  enqueue_scripts({"exit 0", "exit 9", "exit 0"});
  exec.on_fail = OnFail::stop;
  const auto report = run_command("exec sh");
  EXPECT_STREQ(report.error->what(), "message 2: the command failed: exit status 9");
  EXPECT_EQ(report.taken, 2U);
  EXPECT_THAT(session.settled, Contains(Settled{2, Settle::requeue, false}));
}

TEST_F(Commands, ThatCannotBeRunStopWhateverThePlanSays) {
  enqueue_scripts({"x", "x"});
  exec.on_fail = OnFail::reject;
  const auto report = run_command("no_such_command_at_all 2>/dev/null");
  EXPECT_STREQ(report.error->what(), "the command cannot be run: exit status 127");
  EXPECT_THAT(session.settled, ElementsAre(Settled{1, Settle::requeue, false}));
}

// A run without an end of its own would get them again and again.
TEST_F(Commands, ThatFailedAreTriedAgainAfterAPause) {
  enqueue_scripts({"exit 1"});
  plan.until_empty = false;
  ctx.time_out_after(1500ms);
  const auto report = run_command("exec sh");
  EXPECT_EQ(report.taken, 1U);
  EXPECT_THAT(session.settled, ElementsAre(Settled{1, Settle::requeue, false}));
  EXPECT_LT(session.waits, 20U);
}

TEST_F(Commands, RunSeveralAtOnceAndWriteTheirOutputWhole) {
  test::TemporaryFolder folder;
  // Each waits until all three have begun.
  const auto script = "touch " + (folder.path() + "/$MSCOMM_MESSAGE_DELIVERY_TAG") +
                      "; echo begin; while [ $(ls " + (folder.path() + "/") +
                      " | wc -l) -lt 3 ]; do sleep 0.01; done; echo end";
  enqueue(3);
  plan.prefetch = 3;
  const auto report = run_command(script, 3);
  EXPECT_EQ(report.acknowledged, 3U);
  EXPECT_EQ(file.content(), "begin\nend\nbegin\nend\nbegin\nend\n");
}

TEST_F(Commands, AreSettledInAnyOrder) {
  test::TemporaryFolder folder;
  const auto go = folder.path() + "/go";
  enqueue_scripts({"while [ ! -e " + go + " ]; do sleep 0.01; done", "exit 0", "touch " + go});
  plan.prefetch = 2;
  const auto report = run_command("exec sh", 2);
  EXPECT_EQ(report.acknowledged, 3U);
  EXPECT_EQ(session.settled.front(), (Settled{2, Settle::ack, false}));
}

TEST_F(Commands, OfACountRunOnceForEachMessage) {
  enqueue_scripts({"exit 1", "exit 1", "exit 0", "exit 0", "exit 0"});
  plan.until_empty = false;
  plan.count = 4;
  const auto report = run_command("exec sh");
  EXPECT_EQ(report.taken, 4U);
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(report.returned, 2U);
  EXPECT_EQ(session.delivered, 4U);
}

TEST_F(Commands, AreNotIdleWhileTheyRun) {
  enqueue_scripts({"sleep 1", "exit 0"});
  plan.until_empty = false;
  plan.idle = 400ms;
  EXPECT_EQ(run_command("exec sh").acknowledged, 2U);
}

TEST_F(Commands, KeepTheConnectionAlive) {
  enqueue_scripts({"sleep 0.3"});
  session.wake = std::chrono::steady_clock::now();  // a heartbeat is due all the time
  EXPECT_EQ(run_command("exec sh").acknowledged, 1U);
  EXPECT_GT(session.waits, 5U);
}

TEST_F(Commands, ThatRunAtTheDeadlineAreEndedAndTheirMessagesGoBack) {
  enqueue_scripts({"exec sleep 30"});
  exec.on_fail = OnFail::reject;
  ctx.time_out_after(100ms);
  const auto start = std::chrono::steady_clock::now();
  const auto report = run_command("exec sh");
  EXPECT_EQ(report.error->reason(), Exit::timeout);
  EXPECT_THAT(session.settled, Not(Contains(Settled{1, Settle::reject, false})));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
}

TEST_F(Commands, MayFinishAfterAStopSignal) {
  EXPECT_IN_CHILD(([&] {
    enqueue_scripts({"sleep 0.2", "exit 0"});
    when_waiting([] { raise(SIGTERM); });
    const auto report = run_command("exec sh");
    EXPECT_TRUE(report.interrupted);
    EXPECT_EQ(report.acknowledged, 1U);
  }));
}

TEST_F(Commands, ThatAStopSignalEndsAsWellAreNoFailures) {
  EXPECT_IN_CHILD(([&] {
    enqueue_scripts({"kill -INT $PPID; kill -INT $$"});
    exec.on_fail = OnFail::reject;
    const auto report = run_command("exec sh");
    EXPECT_TRUE(report.interrupted);
    EXPECT_EQ(report.rejected, 0U);
    EXPECT_EQ(report.returned, 1U);
  }));
}

TEST_F(Commands, OfALostConnectionSettleNothing) {
  FakeSession other;
  test::TemporaryFolder folder;
  const auto go = folder.path() + "/go";
  enqueue_scripts({"while [ ! -e " + go + " ]; do sleep 0.01; done"});
  when_waiting([this] { session.push(session.closed); });
  reconnect = [&](bool) -> FakeSession& {
    const std::ofstream made(go);
    other.enqueue("exit 0");
    return other;
  };
  plan.until_empty = false;
  plan.count = 1;
  exec.commands = {"exec sh", 1, true};
  Writer writer(file.fd(), "out", ctx.stop);
  const auto report = consume(session, writer);
  EXPECT_EQ(report.taken, 1U);
  EXPECT_TRUE(session.settled.empty());
  EXPECT_THAT(other.settled, ElementsAre(Settled{1, Settle::ack, false}));
}

class Replying : public Commands {
 protected:
  Replying() { reply = true; }
  void request(const std::string& reply_to) {
    Properties properties;
    properties.reply_to = reply_to;
    properties.correlation_id = "c" + reply_to;
    session.enqueue({"ping", "", "q", properties, false});
  }
};

TEST_F(Replying, SendsTheOutputToWhoAsked) {
  request("r");
  request("amq.rabbitmq.reply-to.g1");
  const auto report = run_command("tr a-z A-Z");
  ASSERT_EQ(session.published.size(), 2U);
  const auto& sent = session.published.front();
  EXPECT_EQ(sent.route, (Route{"", "r"}));
  EXPECT_EQ(sent.body, "PING");
  EXPECT_EQ(sent.properties.correlation_id, "cr");
  EXPECT_TRUE(sent.mandatory);
  EXPECT_FALSE(session.published.back().mandatory);
  EXPECT_EQ(report.acknowledged, 2U);
  EXPECT_EQ(file.content(), "");
}

TEST_F(Replying, AcknowledgesTheRequestWhenTheReplyIsConfirmed) {
  request("r");
  session.answer = FakeSession::Answer::withhold;
  session.on_publish = [this] {
    when_waiting([this] {
      EXPECT_TRUE(session.settled.empty());
      session.confirm(1);
    });
  };
  EXPECT_EQ(run_command("cat").acknowledged, 1U);
}

TEST_F(Replying, AfterAStopSignalTheConfirmOfAReplyIsWaitedForInTime) {
  EXPECT_IN_CHILD(([&] {
    request("r");
    session.answer = FakeSession::Answer::withhold;
    session.on_publish = [this] {
      when_waiting([] { raise(SIGTERM); });
      when_waiting([this] { session.confirm(1); });
    };
    const auto report = run_command("cat");
    EXPECT_TRUE(report.interrupted);
    EXPECT_EQ(report.acknowledged, 1U);
  }));
}

TEST_F(Replying, PutsTheRequestBackWhenTheReplyIsRefused) {
  request("r");
  session.answer = FakeSession::Answer::refuse;
  const auto report = run_command("cat");
  EXPECT_EQ(report.returned, 1U);
  EXPECT_EQ(report.outcomes.count(Exit::failed), 1U);
}

TEST_F(Replying, AFailedCommandSendsNoReply) {
  request("r");
  EXPECT_EQ(run_command("echo half; exit 1").returned, 1U);
  EXPECT_TRUE(session.published.empty());
}

TEST_F(Replying, WhoAsksForNoReplyIsServedToo) {
  enqueue(1);
  EXPECT_EQ(run_command("cat").acknowledged, 1U);
  EXPECT_TRUE(session.published.empty());
}

}  // namespace
}  // namespace mscomm
