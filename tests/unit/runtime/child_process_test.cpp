#include "core/runtime/child_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "core/runtime/error.h"
#include "core/runtime/poll.h"
#include "core/runtime/signals.h"
#include "unit/run_context.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;
using testing::StartsWith;

struct Finished {
  ChildEnd end;
  std::string output;
};

class Child : public testing::Test {
 protected:
  ChildPlan plan_of(const std::string& command) {
    ChildPlan plan;
    plan.command = command;
    plan.environment = {"PATH=/usr/bin:/bin"};
    plan.collect_output = true;
    return plan;
  }
  // Waits as the program does: only for what the child says to watch.
  void await(ChildProcess& child) {
    const Deadline deadline(std::chrono::steady_clock::now() + 20s);
    while (!child.advance()) {
      std::vector<pollfd> polled;
      child.append_polled(polled);
      ASSERT_EQ(wait_for(polled, deadline, ctx.stop), Wake::ready) << "it does not end";
      ++waits;
    }
  }
  Finished run(const ChildPlan& plan) {
    ChildProcess child(plan);
    await(child);
    return {child.end(), child.output()};
  }
  Finished run(const std::string& command) { return run(plan_of(command)); }

  test::RunContext ctx;
  int waits = 0;
};

TEST_F(Child, ReadsItsInputAndTheRecord) {
  auto plan = plan_of("cat; cat <&3");
  plan.input = std::string_view("a\0b\n", 4);
  plan.record = "{}\n";
  EXPECT_EQ(run(plan).output, std::string("a\0b\n{}\n", 7));
}

TEST_F(Child, ThatReadsNothingBlocksNobody) {
  const std::string large(3'000'000, 'x');
  auto plan = plan_of("true");
  plan.input = plan.record = large;
  EXPECT_TRUE(run(plan).end.exited_with(0));
}

TEST_F(Child, ReadsLargeInputAndWritesLargeOutput) {
  const std::string large(3'000'000, 'x');
  auto plan = plan_of("cat");
  plan.input = large;
  EXPECT_EQ(run(plan).output, large);
}

TEST_F(Child, SaysHowItEnded) {
  EXPECT_EQ(run("exit 3").end.text(), "exit status 3");
  EXPECT_EQ(run("kill -KILL $$").end.text(), "killed by SIGKILL");
  EXPECT_TRUE(run("exit 0").end.exited_with(0));
  EXPECT_FALSE(run("kill -TERM $$").end.exited_with(0));
  EXPECT_TRUE(run("no_such_command_at_all 2>/dev/null").end.exited_with(127));
}

TEST_F(Child, HasTheEnvironmentThatItWasGivenAndNoOther) {
  auto plan = plan_of("env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | sort");
  plan.environment.emplace_back("A=$(exit 1) `id`; \"'\n");
  EXPECT_EQ(run(plan).output, "\nA=$(exit 1) `id`; \"'\nPATH=/usr/bin:/bin\n");
}

TEST_F(Child, InheritsNoneOfOurDescriptors) {
  const UniqueFd ours(fcntl(ctx.stop.fd(), F_DUPFD_CLOEXEC, 200));
  const auto name = "/proc/self/fd/" + std::to_string(ours.get());
  EXPECT_EQ(run("exec ls " + name + " 2>/dev/null").output, "");
  EXPECT_EQ(run("exec ls /proc/self/fd/3").output, "/proc/self/fd/3\n");
}

TEST_F(Child, IsEndedByAPipeThatNobodyReads) {
  // Only where SIGPIPE is not ignored; `yes` says so itself otherwise.
  EXPECT_EQ(run("yes 2>&1 | head -n 1").output, "y\n");
}

TEST_F(Child, IsWaitedForWithoutTurning) {
  run("sleep 0.3");
  EXPECT_LE(waits, 3);
}

TEST_F(Child, IsNotOutlivedByWhatItLeftBehind) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(run("echo said; sleep 30 & exit 0").output, "said\n");
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
}

TEST_F(Child, CanBeSentASignal) {
  ChildProcess child(plan_of("exec sleep 30"));
  EXPECT_FALSE(child.advance());
  child.send(SIGTERM);
  await(child);
  EXPECT_EQ(child.end().killed_by, SIGTERM);
  child.send(SIGTERM);  // which is for nobody any more
}

TEST_F(Child, EndsWithItsOwner) {
  test::Pipe pipe;
  fcntl(pipe.write_end.get(), F_SETFD, 0);
  {
    const ChildProcess child(plan_of("exec sleep 30"));
    pipe.write_end.reset();
  }
  // The end of the pipe: nobody has its other one any more.
  char sink = 0;
  EXPECT_EQ(read(pipe.read_end.get(), &sink, 1), 0);
}

TEST_F(Child, ThatCannotBeStartedIsAnError) {
  auto plan = plan_of("true");
  plan.environment.push_back("TOO_LONG=" + std::string(200'000, 'x'));
  try {
    run(plan);
    FAIL() << "it was started";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Exit::io);
    EXPECT_THAT(error.what(), StartsWith("cannot start a command: Argument list too long"));
  }
}

}  // namespace
}  // namespace mscomm
