#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/amqp/management.h"
#include "core/http/http.h"
#include "unit/error_matchers.h"
#include "unit/run_context.h"

namespace mscomm::test {

struct ApiAnswer {
  int status = 200;
  std::string body = {};
  HttpHeaders headers = {};
  std::optional<HttpFailure> failure = {};
};

// Answers from a function and remembers what it was asked.
class FakeApi final : public HttpClient {
 public:
  std::function<ApiAnswer(const HttpRequest&)> answer;
  std::vector<HttpRequest> requests;
  std::vector<Deadline> deadlines;
  int under_way = 0;

  void start(HttpExchange& exchange) override {
    requests.push_back(exchange.request);
    deadlines.push_back(exchange.deadline);
    exchange_ = &exchange;
    ++under_way;
  }
  HttpExchange* wait(const Deadline&) override {
    auto given = answer(exchange_->request);
    exchange_->failure = given.failure;
    exchange_->response.status = given.status;
    exchange_->response.headers = given.headers;
    exchange_->sink->begin(exchange_->response);
    exchange_->sink->body(given.body);
    return exchange_;
  }
  void cancel(HttpExchange&) noexcept override { --under_way; }

 private:
  HttpExchange* exchange_ = nullptr;
};

class ManagementTest : public testing::Test {
 protected:
  Management& management() {
    if (!management_) {
      management_ = make_management(options, std::move(owned_), run.context);
    }
    return *management_;
  }
  std::optional<QueueFacts> ask(std::string_view vhost = "/", std::string_view name = "q") {
    return management().queue(vhost, name, Deadline());
  }
  std::string mistake() {
    try {
      (void)ask();
    } catch (const ManagementUnavailable&) {
      return error_of([this] { (void)ask(); });
    }
    return "it was answered";
  }
  void answers(const ApiAnswer& answer) {
    api.answer = [answer](const HttpRequest&) { return answer; };
  }

  RunContext run;
  ManagementOptions options{"http://mq:15672", false, "me", Secret("secret"), {}};
  std::unique_ptr<FakeApi> owned_ = std::make_unique<FakeApi>();
  FakeApi& api = *owned_;
  std::unique_ptr<Management> management_;
};

inline constexpr const char* kNoSuchQueue = R"({"error":"Object Not Found","reason":"Not Found"})";

}  // namespace mscomm::test
