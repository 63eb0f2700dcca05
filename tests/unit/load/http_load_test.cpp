#include "core/load/http_load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "unit/load/load_clock.h"
#include "unit/run_context.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

// A service that answers as many as there are at once, each in its time.
class FakeService final : public HttpClient {
 public:
  explicit FakeService(test::LoadClock& clock) : clock_(clock) {}

  std::function<Duration(std::size_t)> time = [](std::size_t) { return Duration(10ms); };
  std::function<int(std::size_t)> status = [](std::size_t) { return 200; };  // 0: a reset
  std::vector<HttpRequest> sent;
  std::set<HttpExchange*> cancelled;
  std::size_t interrupt_at = static_cast<std::size_t>(-1);

  void start(HttpExchange& exchange) override {
    const auto number = sent.size();
    sent.push_back(exchange.request);
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
  }

  HttpExchange* wait(const Deadline& until) override {
    if (sent.size() > interrupt_at) {
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
  test::LoadClock& clock_;
  std::vector<std::pair<TimePoint, HttpExchange*>> under_way_;
};

class HttpLoadTest : public testing::Test {
 protected:
  HttpLoadTest() {
    requests.resize(1);
    requests[0].url.shown = "http://service-b/";
    requests[0].url.origin = "http://service-b:80";
    call.demands.expected = StatusSet();
    plan.concurrency = 4;
  }

  LoadResult run() {
    client.emplace(std::move(owned), call, std::make_shared<DocumentFiles>(),
                   Breaker::Sharing::at_the_end, context);
    HttpLoad target(*client, requests, plan.callers(), context);
    return generate_load(target, plan, {}, context);
  }

  test::RunContext real;
  test::LoadClock clock;
  Context context{real.environment, real.observer, clock, real.stop};
  std::unique_ptr<FakeService> owned = std::make_unique<FakeService>(clock);
  FakeService& service = *owned;
  std::vector<HttpRequest> requests;
  CallPlan call;
  LoadPlan plan;
  std::optional<ServiceClient> client;
};

TEST_F(HttpLoadTest, FailuresAreCountedByKindAndSampled) {
  plan.count = 20;
  service.status = [](std::size_t number) {
    return number % 4 == 0 ? 0 : number % 4 == 1 ? 503 : 200;
  };
  const auto result = run();
  EXPECT_EQ(result.failed, 10U);
  EXPECT_EQ(result.failures,
            (std::map<std::string, std::uint64_t>{{"reset", 5}, {"status 503", 5}}));
  ASSERT_EQ(result.statuses.size(), 2U);
  EXPECT_EQ(result.statuses.at("200").count, 10U);
  EXPECT_EQ(result.statuses.at("200").meaning, LoadStatus::Meaning::success);
  EXPECT_EQ(result.statuses.at("503").count, 5U);
  EXPECT_EQ(result.statuses.at("503").meaning, LoadStatus::Meaning::services_error);
  EXPECT_EQ(result.service.count(), 15U);  // a response that is an error took its time all the same
  EXPECT_EQ(result.samples.size(), 6U);    // three of each
  EXPECT_EQ(result.outcomes.count(Exit::unreachable), 5U);
  const auto sample = std::ranges::find(result.samples, "status 503", &LoadSample::kind);
  EXPECT_EQ(sample->body, "bad");
  EXPECT_NE(sample->message.find("503"), std::string::npos);
}

TEST_F(HttpLoadTest, ARequestThatTakesTooLongIsATimeout) {
  plan.count = 4;
  plan.call_timeout = 50ms;
  service.time = [](std::size_t number) { return Duration(number == 1 ? 10s : 10ms); };
  const auto result = run();
  EXPECT_EQ(result.failures.at("timeout"), 1U);
  EXPECT_EQ(result.service.count(), 3U);
  EXPECT_LT(result.took, 1s);
}

TEST_F(HttpLoadTest, RequestsAreSentInTurn) {
  requests.resize(3);
  requests[0].url.shown = "a";
  requests[1].url.shown = "b";
  requests[2].url.shown = "c";
  plan.count = 30;
  run();
  std::map<std::string, int> sent;
  for (const auto& request : service.sent) {
    ++sent[request.url.shown];
  }
  EXPECT_EQ(sent, (std::map<std::string, int>{{"a", 10}, {"b", 10}, {"c", 10}}));
}

TEST_F(HttpLoadTest, WhatASignalFoundUnderWayIsCancelled) {
  plan.count = 1000;
  service.interrupt_at = 10;
  const auto result = run();
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(result.unfinished, 4U);
  EXPECT_EQ(service.cancelled.size(), 4U);
}

TEST_F(HttpLoadTest, EachRequestCarriesTheIdempotencyKey) {
  call.idempotency_key = "order-7";
  plan.count = 2;
  run();
  ASSERT_EQ(service.sent.size(), 2U);
  const auto* const key = find_header(service.sent[1].headers, "Idempotency-Key");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->value, "order-7");
}

TEST_F(HttpLoadTest, NothingIsSentWhileTheCircuitIsOpen) {
  const test::TemporaryFolder folder;
  real.environment.variables["XDG_STATE_HOME"] = folder.path();
  call.circuit.emplace().parameters.consecutive = 3;
  plan.concurrency = 1;
  plan.count = 10;
  plan.rate = 1000;
  service.status = [](std::size_t) { return 503; };
  const auto result = run();
  EXPECT_EQ(service.sent.size(), 3U);
  EXPECT_EQ(result.failures,
            (std::map<std::string, std::uint64_t>{{"circuit open", 7}, {"status 503", 3}}));
  EXPECT_EQ(result.outcomes.count(Exit::circuit_open), 7U);
}

TEST_F(HttpLoadTest, TheResultNamesTheFirstRequest) {
  requests.resize(2);
  requests[0].method = "PUT";
  plan.count = 2;
  const auto result = run();
  EXPECT_EQ(result.action, "PUT");
  EXPECT_EQ(result.target, "http://service-b/");
  EXPECT_EQ(result.targets, 2U);
}

}  // namespace
}  // namespace mscomm
