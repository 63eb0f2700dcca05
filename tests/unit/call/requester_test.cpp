#include "core/call/requester.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "unit/run_context.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Answers one request after the other with what the test has written down; 0 is a reset.
class ScriptedClient final : public HttpClient {
 public:
  struct Response {
    int status = 200;
    std::string body = {};
  };
  std::vector<Response> responses;  // the last one goes on for ever
  std::vector<HttpRequest> sent;

  void start(HttpExchange& exchange) override {
    sent.push_back(exchange.request);
    exchange_ = &exchange;
  }

  HttpExchange* wait(const Deadline&) override {
    const auto& [status, body] = responses[std::min(sent.size(), responses.size()) - 1];
    exchange_->response.status = status;
    if (status == 0) {
      exchange_->failure = HttpFailure{HttpFault::reset, Exit::unreachable, "reset", ""};
      return exchange_;
    }
    exchange_->sink->begin(exchange_->response);
    exchange_->sink->body(body);
    return exchange_;
  }

  void cancel(HttpExchange&) noexcept override {}

 private:
  HttpExchange* exchange_ = nullptr;
};

class RequesterTest : public testing::Test {
 protected:
  RequesterTest() {
    request.url.shown = "http://service-b/";
    request.url.origin = "http://service-b:80";
    plan.demands.expected = StatusSet();
    plan.retry.backoff = {0ms, 0ms, Jitter::none};
  }

  Answer ask() {
    if (!requester) {
      requester.emplace(std::move(owned), plan, std::make_shared<DocumentFiles>(), trace,
                        run.context);
    }
    return requester->ask(request, nullptr);
  }

  std::string key_of(std::size_t attempt) {
    const auto* const header = find_header(client.sent.at(attempt).headers, "Idempotency-Key");
    return header == nullptr ? "none" : header->value;
  }

  test::RunContext run;
  TraceContext trace{std::nullopt};
  std::unique_ptr<ScriptedClient> owned = std::make_unique<ScriptedClient>();
  ScriptedClient& client = *owned;
  HttpRequest request;
  CallPlan plan;
  std::optional<Requester> requester;
};

TEST_F(RequesterTest, SendsAgainUntilTheResponseIsASuccess) {
  plan.retry.retries = 5;
  client.responses = {{503}, {0}, {200, "good"}};
  const auto answer = ask();
  EXPECT_FALSE(answer.error);
  EXPECT_EQ(answer.record.attempts, 3);
  EXPECT_EQ(answer.record.body, "good");
}

TEST_F(RequesterTest, SaysAfterHowManyAttemptsItGaveUp) {
  plan.retry.retries = 1;
  client.responses = {{503}};
  const auto answer = ask();
  ASSERT_TRUE(answer.error);
  EXPECT_THAT(answer.error->what(), HasSubstr("503 (attempt 2)"));
}

TEST_F(RequesterTest, SendsAPostAgainOnlyWithAnIdempotencyKey) {
  request.method = "POST";
  plan.retry.retries = 1;
  client.responses = {{503}, {200}};
  EXPECT_EQ(ask().record.attempts, 1);
  EXPECT_EQ(key_of(0), "none");
}

TEST_F(RequesterTest, AttemptsShareTheirRandomIdempotencyKeyAndRequestsDoNot) {
  request.method = "POST";
  plan.retry.retries = 1;
  plan.idempotency_key = "";
  client.responses = {{503}, {200}, {200}};
  EXPECT_EQ(ask().record.attempts, 2);
  ask();
  EXPECT_EQ(key_of(0), key_of(1));
  EXPECT_NE(key_of(0), key_of(2));
}

TEST_F(RequesterTest, SendsNothingThroughAnOpenCircuit) {
  const test::TemporaryFolder folder;
  run.environment.variables["XDG_STATE_HOME"] = folder.path();
  plan.circuit.emplace().parameters.consecutive = 2;
  client.responses = {{503}};
  ask();
  ask();
  const auto answer = ask();
  EXPECT_EQ(client.sent.size(), 2U);
  EXPECT_EQ(answer.record.attempts, 0);
  EXPECT_EQ(answer.record.outcome, Exit::circuit_open);
  EXPECT_THAT(answer.error->what(), HasSubstr("the circuit 'http://service-b:80' is open"));
}

TEST_F(RequesterTest, ACircuitThatCannotBeStoredLastsAsLongAsTheCommand) {
  plan.circuit.emplace().parameters.consecutive = 2;
  client.responses = {{503}};
  ask();
  ask();
  EXPECT_EQ(ask().record.outcome, Exit::circuit_open);
}

TEST_F(RequesterTest, WhatIsNoFailureOfTheServiceDoesNotOpenItsCircuit) {
  plan.circuit.emplace().parameters.consecutive = 2;
  plan.circuit->failures = FailureSet::parse("5xx", "--breaker-on");
  client.responses = {{404}, {0}, {404}, {404}};
  for (int i = 0; i < 4; ++i) {
    EXPECT_NE(ask().record.outcome, Exit::circuit_open);
  }
}

TEST_F(RequesterTest, AsksUntilTheConditionHolds) {
  plan.demands.expected.reset();
  plan.until = Polling{".json.n == 3", 1ms};
  client.responses = {{503, "{}"}, {200, R"({"n":1})"}, {200, R"({"n":3})"}};
  const auto answer = ask();
  EXPECT_FALSE(answer.error);
  EXPECT_EQ(answer.record.attempts, 3);
  EXPECT_EQ(answer.record.body, R"({"n":3})");
}

}  // namespace
}  // namespace mscomm
