// The promises of a circuit breaker that are about several processes.

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>

#include <filesystem>

#include "core/resilience/breaker.h"
#include "unit/resilience/breaker_fixture.h"
#include "unit/run_context.h"

namespace mscomm::test {
namespace {

using namespace std::chrono_literals;

constexpr int kAllowed = 0;
constexpr int kRefused = 1;
constexpr int kAsideAllowed = 2;  // allowed, because the state cannot be used

class BreakerProcess : public BreakerFixture {
 protected:
  /// What a process of its own is told.
  pid_t start_caller() {
    return start_child([this] {
      const auto permit = breaker().acquire();
      return !permit.allowed ? kRefused : permit.generation ? kAllowed : kAsideAllowed;
    });
  }
  int call() { return exit_status_of(start_caller()); }

  /// It should take 50 ms; a machine that is busy takes longer.
  int call_quickly() {
    const SystemClock clock;
    const auto start = clock.now();
    const auto status = call();
    EXPECT_LT(clock.now() - start, 1s);
    return status;
  }
};

TEST_F(BreakerProcess, LetExactlyOneOfManyTryAnOpenCircuit) {
  constexpr int kCallers = 64;
  for (const std::uint32_t half_open : {1U, 3U}) {
    std::filesystem::remove_all(folder());
    parameters_.half_open = half_open;
    open_circuit();
    clock_.move(10s);
    Pipe start;
    std::vector<pid_t> callers;
    callers.reserve(kCallers);
    for (int i = 0; i < kCallers; ++i) {
      callers.push_back(start_child([&] {
        start.write_end.reset();
        char byte = 0;
        [[maybe_unused]] const auto got = read(start.read_end.get(), &byte, 1);  // until all run
        // Whoever finds the lock taken for 50 ms, and nothing stored, may call; here all shall have
        // their turn.
        for (;;) {
          const auto permit = breaker().acquire();
          if (!permit.allowed || permit.generation) {
            return permit.allowed ? kAllowed : kRefused;
          }
        }
      }));
    }
    start.write_end.reset();
    std::uint32_t allowed = 0;
    for (const auto caller : callers) {
      allowed += exit_status_of(caller) == kAllowed ? 1U : 0U;
    }
    EXPECT_EQ(allowed, half_open);
    EXPECT_EQ(stored().probes.size(), half_open);
  }
}

TEST_F(BreakerProcess, LoseNoResultOfMany) {
  constexpr int kCallers = 60;
  constexpr int kCallsEach = 5;
  parameters_.min_calls = 1000;
  parameters_.window_calls = 1000;
  Pipe start;
  std::vector<pid_t> callers;
  callers.reserve(kCallers);
  for (int i = 0; i < kCallers; ++i) {
    callers.push_back(start_child([&] {
      start.write_end.reset();
      char byte = 0;
      [[maybe_unused]] const auto got = read(start.read_end.get(), &byte, 1);  // until all run
      for (int done = 0; done < kCallsEach; ++done) {
        auto caller = breaker();
        caller.record(caller.acquire(), failed_call());
      }
      return 0;
    }));
  }
  start.write_end.reset();
  for (const auto caller : callers) {
    EXPECT_EQ(exit_status_of(caller), 0);
  }
  EXPECT_EQ(stored().window.calls.size(), std::size_t{kCallers} * kCallsEach);
  EXPECT_FALSE(std::filesystem::exists(file(".left"))) << "the last one has counted all";
}

TEST_F(BreakerProcess, CountWhatEndsWhileAnotherHoldsTheLock) {
  parameters_.min_calls = 3;
  {
    auto first = breaker();
    first.record(first.acquire(), {.outcome = CallOutcome::ignored});
  }
  const auto held = open_for_writing(file(".lock"));
  ASSERT_EQ(flock(held.get(), LOCK_EX), 0);
  const auto fail = [this] {
    return start_child([this] {
      auto caller = breaker();
      const auto permit = caller.acquire();
      caller.record(permit, failed_call());
      return permit.allowed ? kAllowed : kRefused;
    });
  };
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(exit_status_of(fail()), kAllowed);
  }
  EXPECT_EQ(call_quickly(), kRefused) << "what has not been stored yet is known, too";
  EXPECT_FALSE(std::filesystem::exists(file(".cb")));
  ASSERT_EQ(flock(held.get(), LOCK_UN), 0);
  auto last = breaker(Breaker::Sharing::at_the_end);
  last.persist();
  EXPECT_EQ(stored().state, CircuitState::open);
  EXPECT_EQ(stored().why, "3 of 3 calls failed");
}

TEST_F(BreakerProcess, AreNotCountedWhenNobodyEverTakesTheirCalls) {
  open_circuit();
  std::filesystem::create_directory(file(".left"));
  for (int i = 0; i < 1000; ++i) {
    std::filesystem::create_symlink("x", file(".left/") + std::to_string(i));
  }
  const auto held = open_for_writing(file(".lock"));
  ASSERT_EQ(flock(held.get(), LOCK_EX), 0);
  Permit permit;
  permit.generation = 1;
  testing::internal::CaptureStderr();
  breaker().record(permit, failed_call());
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr("nobody has counted the calls in it"));
}

TEST_F(BreakerProcess, OfALoadRunCountWithThoseOfOthers) {
  parameters_.min_calls = 6;
  auto load = breaker(Breaker::Sharing::at_the_end);
  auto other = breaker();
  for (int i = 0; i < 3; ++i) {
    load.record(load.acquire(), failed_call());
    other.record(other.acquire(), failed_call());
  }
  load.persist();
  EXPECT_EQ(stored().state, CircuitState::open);
  EXPECT_EQ(stored().why, "6 of 6 calls failed");
}

TEST_F(BreakerProcess, AreKilledAndTheirProbeCountsAsFailed) {
  open_circuit();
  clock_.move(10s);
  Pipe ready;
  const auto killed = start_child([&] {
    const auto permit = breaker().acquire();
    [[maybe_unused]] const auto sent = write(ready.write_end.get(), permit.probe ? "y" : "n", 1);
    pause();
    return 0;
  });
  char has_probe = 0;
  ASSERT_EQ(read(ready.read_end.get(), &has_probe, 1), 1);
  EXPECT_EQ(has_probe, 'y');
  EXPECT_EQ(call(), kRefused);
  kill(killed, SIGKILL);
  EXPECT_EQ(exit_status_of(killed), -SIGKILL);
  EXPECT_EQ(call(), kRefused) << "its lease goes on";
  clock_.move(parameters_.probe_timeout);
  EXPECT_EQ(call(), kRefused);
  EXPECT_EQ(stored().why, "a probe did not end in time");
  EXPECT_EQ(stored().open_count, 2U);
  clock_.move(20s);
  EXPECT_EQ(call(), kAllowed);
}

TEST_F(BreakerProcess, AreKilledWithTheLockInTheirHands) {
  open_circuit();
  clock_.move(10s);
  Pipe ready;
  const auto killed = start_child([&] {
    store_.update(kKey, [&](BreakerState&) {
      [[maybe_unused]] const auto sent = write(ready.write_end.get(), "y", 1);
      pause();
    });
    return 0;
  });
  char byte = 0;
  ASSERT_EQ(read(ready.read_end.get(), &byte, 1), 1);
  EXPECT_EQ(call_quickly(), kAsideAllowed);
  kill(killed, SIGKILL);
  exit_status_of(killed);
  EXPECT_EQ(call(), kAllowed) << "the kernel has let go of it";
}

TEST_F(BreakerProcess, AreNotHeldUpByALock) {
  open_circuit();
  const auto held = open_for_writing(file(".lock"));
  ASSERT_EQ(flock(held.get(), LOCK_EX), 0);
  EXPECT_EQ(call_quickly(), kRefused) << "what is stored needs no lock";
  clock_.move(10s);
  EXPECT_EQ(call_quickly(), kAsideAllowed) << "whose turn it is cannot be told without";
  ASSERT_EQ(flock(held.get(), LOCK_UN), 0);
  EXPECT_EQ(call_quickly(), kAllowed);
}

TEST_F(BreakerProcess, ProceedWhateverTheStateIs) {
  for (const auto* content : {"", "garbage", "{\"v\":1}\n\"00000000\"\n"}) {
    open_circuit();
    std::ofstream(file(".cb")) << content;
    EXPECT_EQ(call(), kAllowed);
  }
  open_circuit();
  std::filesystem::rename(file(".cb"), file(".moved"));
  std::filesystem::create_symlink(file(".moved"), file(".cb"));
  EXPECT_EQ(call_quickly(), kAsideAllowed);
}

TEST_F(BreakerProcess, ProceedWhenTheFolderCannotBeWritten) {
  open_circuit();
  clock_.move(10s);
  if (geteuid() != 0) {
    chmod(folder().c_str(), 0500);
    EXPECT_EQ(call_quickly(), kAsideAllowed);
    chmod(folder().c_str(), 0700);
    return;
  }
  // Root can write everywhere: as somebody else, to whom it belongs.
  for (const auto& path : {temporary_.path(), folder(), file(".cb"), file(".lock")}) {
    ASSERT_EQ(chown(path.c_str(), 65534, 65534), 0);
  }
  chmod((temporary_.path() + "/state").c_str(), 0711);
  chmod(folder().c_str(), 0500);
  const auto caller = start_child([this] {
    if (setgid(65534) != 0 || setuid(65534) != 0) {
      return 50;
    }
    const auto permit = breaker().acquire();
    return permit.allowed && !permit.generation ? kAsideAllowed : kRefused;
  });
  EXPECT_EQ(exit_status_of(caller), kAsideAllowed);
}

TEST_F(BreakerProcess, ProceedWhenTheDiskIsFull) {
  open_circuit();
  clock_.move(10s);
  const auto caller = start_child([this] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit nothing{0, 0};  // stands for ENOSPC: write(2) fails when the file has to grow
    setrlimit(RLIMIT_FSIZE, &nothing);
    const auto permit = breaker().acquire();
    return permit.allowed && !permit.generation ? kAsideAllowed : kRefused;
  });
  EXPECT_EQ(exit_status_of(caller), kAsideAllowed);
  EXPECT_FALSE(std::filesystem::exists(file(".cb.tmp")));
  EXPECT_EQ(call(), kAllowed) << "nothing was torn";
}

TEST_F(BreakerProcess, OfTwoUsersShareNothing) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "only root can be another user";
  }
  open_circuit();
  chmod(temporary_.path().c_str(), 0777);
  chmod((temporary_.path() + "/state").c_str(), 0777);
  const auto caller = start_child([this] {
    if (setgid(65534) != 0 || setuid(65534) != 0) {
      return 50;
    }
    const auto permit = breaker().acquire();
    return permit.allowed && !permit.generation ? kAsideAllowed : kRefused;
  });
  EXPECT_EQ(exit_status_of(caller), kAsideAllowed);
  EXPECT_EQ(call(), kRefused) << "the owner's circuit is as it was";
}

}  // namespace
}  // namespace mscomm::test
