#include "core/runtime/ordered_workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

namespace mscomm {
namespace {

using Workers = OrderedWorkers<std::size_t>;

Workers::MakeWorker each(Workers::Work work) {
  return [work = std::move(work)] { return work; };
}

TEST(OrderedWorkers, GivesResultsInOrder) {
  std::size_t next = 0;
  Workers(1000, 8, each([](std::size_t i) { return i * i; })).run([&](std::size_t result) {
    EXPECT_EQ(result, next * next);
    ++next;
  });
  EXPECT_EQ(next, 1000U);
}

TEST(OrderedWorkers, HaveNothingToDoWithoutWork) {
  Workers(0, 4, each([](std::size_t i) { return i; })).run([](std::size_t) { FAIL(); });
}

TEST(OrderedWorkers, DoNotRunFarAheadOfASlowOne) {
  std::atomic<std::size_t> begun = 0;
  std::latch others_are_done(1);
  std::size_t taken = 0;
  std::jthread release([&] {
    while (begun < 8) {
      std::this_thread::yield();
    }
    others_are_done.count_down();
  });
  Workers(1000, 2, each([&](std::size_t i) {
            ++begun;
            if (i == 0) {
              others_are_done.wait();
              EXPECT_LE(begun, 8U);
            }
            return i;
          }))
      .run([&](std::size_t) { ++taken; });
  EXPECT_EQ(taken, 1000U);
}

TEST(OrderedWorkers, EndWithWhatAWorkerThrows) {
  std::size_t taken = 0;
  Workers workers(1000, 4, each([](std::size_t i) {
                    if (i == 100) {
                      throw std::runtime_error("100");
                    }
                    return i;
                  }));
  EXPECT_THROW(workers.run([&](std::size_t) { ++taken; }), std::runtime_error);
  EXPECT_LT(taken, 1000U);
}

TEST(OrderedWorkers, GiveWhatIsDoneAfterOneThatThrows) {
  std::atomic<std::size_t> done = 0;
  Workers workers(1000, 2, each([&](std::size_t i) {
                    if (i == 1) {
                      while (done < 7) {
                        std::this_thread::yield();
                      }
                      throw std::runtime_error("1");
                    }
                    ++done;
                    return i;
                  }));
  std::vector<std::size_t> taken;
  EXPECT_THROW(workers.run([&](std::size_t i) { taken.push_back(i); }), std::runtime_error);
  ASSERT_GE(taken.size(), 7U);
  EXPECT_EQ(taken[0], 0U);
  for (std::size_t i = 1; i < taken.size(); ++i) {
    EXPECT_EQ(taken[i], i + 1);
  }
}

TEST(OrderedWorkers, EndWithWhatTheTakerThrows) {
  Workers workers(1000, 4, each([](std::size_t i) { return i; }));
  EXPECT_THROW(workers.run([](std::size_t i) {
    if (i == 10) {
      throw std::runtime_error("10");
    }
  }),
               std::runtime_error);
}

}  // namespace
}  // namespace mscomm
