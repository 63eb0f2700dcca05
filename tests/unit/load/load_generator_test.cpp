#include "core/load/load_generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/call/judgement.h"
#include "unit/run_context.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// Time passes by waiting for it, and a little by looking at it, lest anybody waits for ever.
class LoadClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override {
    now_ += 2us;
    return now_;
  }
  [[nodiscard]] WallTime wall() const override { return WallTime(now_.time_since_epoch()); }
  void set(TimePoint now) { now_ = std::max(now_, now); }

 private:
  mutable TimePoint now_{1s};
};

// A service that answers as many as there are at once, each in its time.
class FakeService final : public HttpClient {
 public:
  explicit FakeService(LoadClock& clock) : clock_(clock) {}

  std::function<Duration(std::size_t)> time = [](std::size_t) { return Duration(10ms); };
  std::function<int(std::size_t)> status = [](std::size_t) { return 200; };  // 0: a reset
  std::size_t requests = 0;
  std::size_t most_at_once = 0;
  std::set<HttpExchange*> cancelled;
  std::size_t interrupt_at = static_cast<std::size_t>(-1);

  void start(HttpExchange& exchange) override {
    const auto number = requests++;
    auto takes = time(number);
    const auto now = clock_.now();
    exchange.response = {};
    exchange.failure.reset();
    exchange.response.status = status(number);
    if (exchange.deadline.at() && now + takes > *exchange.deadline.at()) {
      takes = *exchange.deadline.at() - now;
      exchange.failure = HttpFailure{HttpFault::timeout, Exit::timeout, "too late", ""};
    } else if (exchange.response.status == 0) {
      exchange.failure = HttpFailure{HttpFault::reset, Exit::unreachable, "reset", ""};
    }
    exchange.response.timings.total = takes;
    under_way_.push_back({now + takes, &exchange});
    most_at_once = std::max(most_at_once, under_way_.size());
  }

  HttpExchange* wait(const Deadline& until) override {
    if (requests > interrupt_at) {
      throw Interrupted();
    }
    const auto first = std::min_element(under_way_.begin(), under_way_.end());
    if (first == under_way_.end() || until.passed(first->first)) {
      clock_.set(until.at().value_or(TimePoint()));
      return nullptr;
    }
    clock_.set(first->first);
    auto* const exchange = first->second;
    under_way_.erase(first);
    exchange->sink->begin(exchange->response);
    exchange->sink->body(exchange->response.status == 200 ? "good" : "bad");
    return exchange;
  }

  void cancel(HttpExchange& exchange) noexcept override {
    if (std::erase_if(under_way_, [&](const auto& each) { return each.second == &exchange; }) > 0) {
      cancelled.insert(&exchange);
    }
  }

 private:
  LoadClock& clock_;
  std::vector<std::pair<TimePoint, HttpExchange*>> under_way_;
};

class LoadGeneratorTest : public testing::Test {
 protected:
  LoadGeneratorTest() {
    plan.requests.resize(1);
    plan.requests[0].url.shown = "http://service-b/";
    plan.concurrency = 4;
    hooks.judge = [](const HttpExchange& exchange, const std::string&) {
      return judge(exchange, StatusSet());
    };
  }

  LoadResult run() { return generate_load(service, plan, hooks, context); }

  test::RunContext real;
  LoadClock clock;
  Context context{real.environment, real.log, clock, real.stop, {}};
  FakeService service{clock};
  LoadPlan plan;
  LoadHooks hooks;
};

TEST_F(LoadGeneratorTest, AClosedLoopKeepsAllCallersBusyUntilTheCountIsReached) {
  plan.count = 100;
  const auto result = run();
  EXPECT_EQ(service.requests, 100U);
  EXPECT_EQ(service.most_at_once, 4U);
  EXPECT_EQ(result.succeeded, 100U);
  EXPECT_EQ(result.service.count(), 100U);
  EXPECT_EQ(result.response.count(), 0U);
  EXPECT_EQ(result.statuses.at(200), 100U);
  EXPECT_NEAR(std::chrono::duration<double>(result.took).count(), 0.25, 0.01);
  EXPECT_NEAR(result.rate(), 400, 10);
}

TEST_F(LoadGeneratorTest, MoreCallersThanRequestsAreNotNeeded) {
  plan.count = 2;
  run();
  EXPECT_EQ(service.most_at_once, 2U);
}

TEST_F(LoadGeneratorTest, TheDurationEndsTheSendingAndWhatIsUnderWayIsAwaited) {
  plan.duration = 25ms;
  const auto result = run();
  EXPECT_EQ(service.requests, 12U);  // at 0, 10 and 20 ms
  EXPECT_EQ(result.succeeded, 12U);
  EXPECT_GE(result.took, 30ms);
}

TEST_F(LoadGeneratorTest, AnOpenLoopSendsWhenARequestIsDue) {
  plan.count = 100;
  plan.rate = 100;
  service.time = [](std::size_t) { return Duration(5ms); };
  const auto result = run();
  EXPECT_EQ(service.most_at_once, 1U);
  EXPECT_EQ(result.response.count(), 100U);
  EXPECT_LT(result.send_lag.max(), 1ms);
  EXPECT_NEAR(std::chrono::duration<double>(result.took).count(), 1.0, 0.01);
}

TEST_F(LoadGeneratorTest, AStallCountsForAllWhoWereDueMeanwhile) {
  plan.count = 300;
  plan.rate = 100;
  plan.concurrency = 1;
  service.time = [](std::size_t number) { return Duration(number == 50 ? 1000ms : 1ms); };
  const auto result = run();
  EXPECT_LT(result.service.percentile(99), 2ms);
  EXPECT_GE(result.response.percentile(90), 600ms);
  EXPECT_GE(result.send_lag.max(), 950ms);
  // Every sample is a request: none was made up, and none left out.
  EXPECT_EQ(result.response.count(), 300U);
  EXPECT_EQ(result.unsent, 0U);
}

TEST_F(LoadGeneratorTest, WhatWasDueAndNotSentIsCountedAsThat) {
  plan.duration = 1s;
  plan.rate = 100;
  plan.concurrency = 1;
  service.time = [](std::size_t) { return Duration(100ms); };
  const auto result = run();
  EXPECT_EQ(result.requests(), 11U);  // the last one when the tenth had ended
  EXPECT_EQ(result.unsent, 89U);
}

TEST_F(LoadGeneratorTest, AllThatWasDueIsSentWhenThereAreCallers) {
  plan.duration = 1s;
  plan.rate = 3000;
  service.time = [](std::size_t) { return Duration(1ms); };
  const auto result = run();
  EXPECT_EQ(result.requests(), 3000U);
  EXPECT_EQ(result.unsent, 0U);
}

TEST_F(LoadGeneratorTest, FailuresAreCountedByKindAndSampled) {
  plan.count = 20;
  service.status = [](std::size_t number) {
    return number % 4 == 0 ? 0 : number % 4 == 1 ? 503 : 200;
  };
  const auto result = run();
  EXPECT_EQ(result.failed, 10U);
  EXPECT_EQ(result.failures,
            (std::map<std::string, std::uint64_t>{{"reset", 5}, {"status 503", 5}}));
  EXPECT_EQ(result.statuses, (std::map<int, std::uint64_t>{{200, 10}, {503, 5}}));
  EXPECT_EQ(result.service.count(), 15U);  // a response that is an error took its time all the same
  EXPECT_EQ(result.samples.size(), 6U);    // three of each
  EXPECT_EQ(result.outcomes.count(Exit::unreachable), 5U);
  const auto sample = std::ranges::find(result.samples, "status 503", &LoadSample::kind);
  EXPECT_EQ(sample->body, "bad");
  EXPECT_NE(sample->message.find("503"), std::string::npos);
}

TEST_F(LoadGeneratorTest, ARequestThatTakesTooLongIsATimeout) {
  plan.count = 4;
  plan.request_timeout = 50ms;
  service.time = [](std::size_t number) { return Duration(number == 1 ? 10s : 10ms); };
  const auto result = run();
  EXPECT_EQ(result.failures.at("timeout"), 1U);
  EXPECT_EQ(result.service.count(), 3U);
  EXPECT_LT(result.took, 1s);
}

TEST_F(LoadGeneratorTest, TheCommandsDeadlineEndsIt) {
  plan.count = 1000;
  context.deadline = Deadline(clock.now() + 55ms);
  const auto result = run();
  EXPECT_EQ(result.succeeded, 20U);
  EXPECT_EQ(result.failures.at("timeout"), 4U);
}

TEST_F(LoadGeneratorTest, TheDeadlineAlsoEndsAnOpenLoopThatHasNothingToDo) {
  plan.count = 100;
  plan.rate = 1;
  context.deadline = Deadline(clock.now() + 3500ms);
  const auto result = run();
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.requests(), 4U);
  EXPECT_GE(result.took, 3499ms);
}

TEST_F(LoadGeneratorTest, TheRateIsThatOfTheSending) {
  plan.count = 10;
  plan.rate = 20;
  service.time = [](std::size_t) { return Duration(180ms); };
  EXPECT_NEAR(run().rate(), 20, 0.01);  // whatever the last response took
  plan.count.reset();
  plan.duration = 1s;
  EXPECT_NEAR(run().rate(), 20, 0.01);
}

TEST_F(LoadGeneratorTest, HowManyWereUnderWayIsMeasured) {
  plan.count = 400;
  EXPECT_NEAR(run().under_way(), 4, 0.1);
  plan.rate = 50;
  EXPECT_NEAR(run().under_way(), 0.5, 0.05);
}

TEST_F(LoadGeneratorTest, ASignalGivesUpWhatIsUnderWay) {
  plan.count = 1000;
  service.interrupt_at = 10;
  const auto result = run();
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(service.cancelled.size(), 4U);
  EXPECT_EQ(result.requests() + 4, service.requests);
  EXPECT_EQ(result.unfinished, 4U);
  EXPECT_GT(result.longest_unfinished, Duration::zero());
}

TEST_F(LoadGeneratorTest, RequestsAreSentInTurn) {
  plan.requests.resize(3);
  plan.requests[0].url.shown = "a";
  plan.requests[1].url.shown = "b";
  plan.requests[2].url.shown = "c";
  plan.count = 30;
  std::map<std::string, int> sent;
  hooks.judge = [&sent](const HttpExchange& exchange, const std::string&) {
    ++sent[exchange.request.url.shown];
    return std::optional<Error>();
  };
  run();
  EXPECT_EQ(sent, (std::map<std::string, int>{{"a", 10}, {"b", 10}, {"c", 10}}));
}

TEST_F(LoadGeneratorTest, TheTimelineHasASecondForEachSecond) {
  plan.count = 35;
  plan.concurrency = 1;
  service.time = [](std::size_t number) { return Duration(number == 15 ? 2500ms : 100ms); };
  service.status = [](std::size_t number) { return number == 20 ? 500 : 200; };
  const auto result = run();
  // 35 requests, of which one took 2.5 s: nearly 6 s.
  ASSERT_EQ(result.seconds.size(), 6U);
  std::uint64_t ended = 0;
  for (const auto& second : result.seconds) {
    ended += second.succeeded + second.failed;
  }
  EXPECT_EQ(ended, 35U);
  EXPECT_NEAR(static_cast<double>(result.seconds[0].succeeded), 10, 1);
  EXPECT_EQ(result.seconds[2].succeeded, 0U);
  EXPECT_EQ(result.seconds[2].p99, Duration::zero());
  EXPECT_EQ(result.seconds[4].max, 2500ms);
  EXPECT_EQ(result.seconds[4].failed, 1U);
}

TEST_F(LoadGeneratorTest, ProgressIsToldAFewTimesASecond) {
  plan.duration = 2s;
  int told = 0;
  hooks.progress = [&told](const LoadResult& result) {
    ++told;
    EXPECT_GT(result.took, Duration::zero());
  };
  run();
  EXPECT_NEAR(told, 10, 1);
}

}  // namespace
}  // namespace mscomm
