#include "core/http/redirect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "core/runtime/error.h"

namespace mscomm {
namespace {

using testing::ElementsAre;

// Answers from a script and remembers what it was asked.
class FakeClient final : public HttpClient {
 public:
  struct Answer {
    int status = 200;
    HttpHeaders headers = {};
    std::string body = {};
  };

  void start(HttpExchange& exchange) override {
    requests.push_back(exchange.request);
    current_ = &exchange;
  }

  HttpExchange* wait(const Deadline&) override {
    auto answer = std::move(answers.front());
    answers.pop_front();
    current_->response.status = answer.status;
    current_->response.headers = std::move(answer.headers);
    if (current_->sink != nullptr) {
      current_->sink->begin(current_->response);
      current_->sink->body(answer.body);
    }
    return current_;
  }

  void cancel(HttpExchange&) noexcept override {}

  std::deque<Answer> answers;
  std::vector<HttpRequest> requests;

 private:
  HttpExchange* current_ = nullptr;
};

HttpRequest request_to(const std::string& url, const std::string& method = "GET") {
  HttpRequest request;
  request.method = method;
  request.url = parse_http_url(url);
  return request;
}

HttpResponse redirect_to(const std::string& location, int status) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"Location", location}};
  return response;
}

std::string method_after(const std::string& method, int status) {
  auto request = request_to("http://h/", method);
  request.body = std::make_shared<std::string>("x");
  return redirected(request, redirect_to("/next", status))->method;
}

TEST(Redirect, ChangesTheMethodAsRfc9110Says) {
  EXPECT_EQ(method_after("POST", 301), "GET");
  EXPECT_EQ(method_after("POST", 302), "GET");
  EXPECT_EQ(method_after("PUT", 301), "PUT");
  EXPECT_EQ(method_after("DELETE", 302), "DELETE");
  EXPECT_EQ(method_after("POST", 303), "GET");
  EXPECT_EQ(method_after("PUT", 303), "GET");
  EXPECT_EQ(method_after("HEAD", 303), "HEAD");
  EXPECT_EQ(method_after("POST", 307), "POST");
  EXPECT_EQ(method_after("PATCH", 308), "PATCH");
}

TEST(Redirect, KeepsOrDropsTheBodyWithTheMethod) {
  auto request = request_to("http://h/", "POST");
  request.body = std::make_shared<std::string>("a=1");
  request.headers = {{"Content-Type", "text/plain"}, {"X-Trace", "1"}};
  const auto kept = redirected(request, redirect_to("/x", 307));
  EXPECT_EQ(*kept->body, "a=1");
  EXPECT_EQ(kept->headers.size(), 2U);
  const auto dropped = redirected(request, redirect_to("/x", 303));
  EXPECT_FALSE(dropped->body);
  ASSERT_EQ(dropped->headers.size(), 1U);
  EXPECT_EQ(dropped->headers[0].name, "X-Trace");
}

TEST(Redirect, CredentialsStayWithTheirOrigin) {
  auto request = request_to("http://h/");
  request.authorization = Secret("Bearer t");
  request.headers = {{"Cookie", "a=1"},
                     {"AUTHORIZATION", "x"},
                     {"Host", "v"},
                     {"Accept", "*/*"},
                     {"X-Api-Key", "k"}};
  const auto same = redirected(request, redirect_to("http://H:80/x", 302));
  EXPECT_EQ(same->authorization.reveal(), "Bearer t");
  EXPECT_EQ(same->headers.size(), 5U);
  for (const auto* elsewhere : {"http://other/", "https://h/", "http://h:81/", "//other/"}) {
    const auto next = redirected(request, redirect_to(elsewhere, 302));
    EXPECT_TRUE(next->authorization.empty()) << elsewhere;
    ASSERT_EQ(next->headers.size(), 1U) << elsewhere;
    EXPECT_EQ(next->headers[0].name, "Accept");
  }
}

TEST(Redirect, NeedsAStatusAndALocation) {
  const auto request = request_to("http://h/");
  EXPECT_FALSE(redirected(request, redirect_to("/x", 200)));
  EXPECT_FALSE(redirected(request, redirect_to("/x", 304)));
  HttpResponse without_location;
  without_location.status = 302;
  EXPECT_FALSE(redirected(request, without_location));
  EXPECT_THROW(redirected(request, redirect_to("file:///etc/passwd", 302)), Error);
}

TEST(Redirect, FollowingShowsOnlyTheLastBodyAndRecordsEachHop) {
  FakeClient client;
  client.answers = {{302, {{"location", "/b"}}, "moved"},
                    {308, {{"location", "http://other/c"}}, "moved again"},
                    {200, {}, "here"}};
  MemorySink sink;
  HttpExchange exchange;
  exchange.request = request_to("http://h/a");
  exchange.sink = &sink;
  std::vector<HttpHop> hops;
  perform_following(client, exchange, true, 10, hops);
  EXPECT_EQ(sink.bytes, "here");
  EXPECT_EQ(exchange.response.status, 200);
  EXPECT_EQ(exchange.request.url.text, "http://other/c");
  EXPECT_EQ(exchange.sink, &sink);
  ASSERT_EQ(hops.size(), 2U);
  EXPECT_EQ(hops[0].url, "http://h/a");
  EXPECT_EQ(hops[0].status, 302);
  EXPECT_EQ(hops[1].url, "http://h/b");
  EXPECT_EQ(hops[1].location, "http://other/c");
}

TEST(Redirect, OneMoreThanAllowedIsAFailure) {
  FakeClient client;
  for (int i = 0; i < 3; ++i) {
    client.answers.push_back({302, {{"location", "/again"}}, ""});
  }
  HttpExchange exchange;
  exchange.request = request_to("http://h/a");
  std::vector<HttpHop> hops;
  perform_following(client, exchange, true, 2, hops);
  ASSERT_TRUE(exchange.failure);
  EXPECT_EQ(exchange.failure->fault, HttpFault::redirects);
  EXPECT_EQ(exchange.failure->reason, Exit::failed);
  EXPECT_EQ(client.requests.size(), 3U);
}

}  // namespace
}  // namespace mscomm
