#include "core/amqp/management.h"

#include <gmock/gmock.h>

#include "unit/amqp/management_fixture.h"

namespace mscomm {
namespace {

using test::ApiAnswer;
using test::FakeApi;
using test::ManagementTest;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kFound = R"({"vhost": "/", "name": "q", "type": "quorum"})";

TEST_F(ManagementTest, AsksForOneQueueWithItsNamesEncoded) {
  answers({.body = R"({"vhost": "/", "name": "a/b c?\u00fc", "type": "quorum"})"});
  const auto queue = ask("/", "a/b c?\xC3\xBC");
  ASSERT_TRUE(queue);
  EXPECT_EQ(queue->type, QueueType::quorum);
  const auto& request = api.requests.at(0);
  EXPECT_THAT(request.url.text,
              testing::StartsWith("http://mq:15672/api/queues/%2F/a%2Fb%20c%3F%C3%BC?columns="));
  EXPECT_EQ(request.title(), "GET http://mq:15672/api/queues/%2F/a%2Fb%20c%3F%C3%BC");
  EXPECT_EQ(request.authorization.reveal(), basic_authorization("me", "secret").reveal());
  EXPECT_EQ(api.under_way, 0);
}

TEST_F(ManagementTest, TakesTheLoginAndThePathOfItsUrl) {
  answers({.body = kFound});
  options.url = "https://you:own@mq/rabbit/api/";
  EXPECT_TRUE(ask());
  EXPECT_THAT(api.requests.at(0).url.text,
              testing::StartsWith("https://mq/rabbit/api/queues/%2F/q?"));
  EXPECT_EQ(api.requests.at(0).authorization.reveal(), basic_authorization("you", "own").reveal());
  EXPECT_EQ(api.requests.at(0).title(), "GET https://you:***@mq/rabbit/api/queues/%2F/q");
}

TEST_F(ManagementTest, SaysWhenThereIsNoSuchQueue) {
  answers({.status = 404, .body = test::kNoSuchQueue});
  EXPECT_EQ(ask(), std::nullopt);
  EXPECT_EQ(ask("", "q"), std::nullopt);
  EXPECT_EQ(ask("/", ""), std::nullopt);
  EXPECT_EQ(api.requests.size(), 1U);
}

TEST_F(ManagementTest, TellsSomethingElseFromNoSuchQueue) {
  answers({.status = 404, .body = R"({"error":"Not Found","path":"/api/queues"})"});
  EXPECT_THAT(mistake(),
              HasSubstr("failed: GET http://mq:15672/api/queues/%2F/q: the answer is 404 | "
                        "--management-url says where"));
  answers({.status = 404, .body = "<html>Object Not Found</html>"});
  EXPECT_THAT(mistake(), HasSubstr("the answer is 404"));
  answers({.body = "<html>"});
  EXPECT_THAT(mistake(), HasSubstr("the answer is not JSON"));
  answers({.body = ""});
  EXPECT_THAT(mistake(), HasSubstr("the answer is not JSON"));
  answers({.body = R"({"vhost": "/", "name": "another"})"});
  EXPECT_THAT(mistake(), HasSubstr("not the description of that queue"));
  answers({.body = "[]"});
  EXPECT_THAT(mistake(), HasSubstr("not the description of that queue"));
  answers({.status = 302, .headers = {{"Location", "https://u:pw@sso/\x1b[1m"}}});
  EXPECT_THAT(mistake(), HasSubstr("302, a redirection to 'https://u:***@sso/\\x1b[1m'"));
  answers({.status = 503});
  EXPECT_THAT(mistake(), HasSubstr("the answer is 503"));
}

TEST_F(ManagementTest, SaysWhenTheUserMayNotAsk) {
  answers(
      {.status = 401, .body = R"({"error":"not_authorised","reason":"Not management user\n"})"});
  EXPECT_EQ(mistake(),
            "denied: GET http://mq:15672/api/queues/%2F/q: the user 'me' may not ask this: Not "
            "management user\\n | is the password right, and has the user the tag management? "
            "rabbitmqctl list_users");
  answers({.status = 403});
  EXPECT_THAT(mistake(), HasSubstr("the user 'me' may not ask this | "));
}

TEST_F(ManagementTest, SaysWhyThereIsNoAnswer) {
  const auto fails = [this](HttpFault fault, Exit reason) {
    answers({.status = 0, .failure = HttpFailure{fault, reason, "GET http://mq/: why", "--max-x"}});
  };
  fails(HttpFault::timeout, Exit::timeout);
  EXPECT_THAT(mistake(), testing::StartsWith("timeout: GET http://mq/: why | --management-url"));
  fails(HttpFault::tls, Exit::unreachable);
  EXPECT_EQ(mistake(), "unreachable: GET http://mq/: why | --max-x");
  options.url = "http://h o s t";
  management_.reset();
  owned_ = std::make_unique<FakeApi>();
  EXPECT_THAT(mistake(), HasSubstr("usage: the management API: 'http://h o s t' is not a URL"));
}

TEST_F(ManagementTest, NeverShowsThePassword) {
  options.url = "http://you:hidden@mq:15672";
  for (const auto status : {200, 302, 401, 404, 500}) {
    answers({.status = status, .body = "x"});
    EXPECT_THAT(mistake(), testing::AllOf(Not(HasSubstr("hidden")), Not(HasSubstr("secret"))));
  }
}

TEST_F(ManagementTest, ReadsNoMoreThanAMebibyte) {
  answers({.body = std::string((1U << 20U) + 1, ' ')});
  EXPECT_THAT(mistake(), HasSubstr("the answer is larger than 1048576 bytes"));
  answers({.body = std::string(1U << 20U, '[')});
  EXPECT_THAT(mistake(), HasSubstr("the answer is not JSON"));
  EXPECT_EQ(api.under_way, 0);
}

TEST_F(ManagementTest, WaitsNoLongerThanTheEarliestDeadline) {
  answers({.body = kFound});
  const auto before = run.clock.now();
  const auto last = [this] { return *api.deadlines.back().at(); };
  (void)ask();
  EXPECT_GE(last(), before + std::chrono::seconds(4));
  EXPECT_LE(last(), run.clock.now() + std::chrono::seconds(5));
  (void)management().queue("/", "q", Deadline(before + std::chrono::seconds(1)));
  EXPECT_EQ(last(), before + std::chrono::seconds(1));
  run.context.deadline = Deadline(before + Milliseconds(500));
  (void)management().queue("/", "q", Deadline(before + std::chrono::seconds(1)));
  EXPECT_EQ(last(), before + Milliseconds(500));
}

TEST_F(ManagementTest, WaitsLessWhereNothingMayBe) {
  options.is_guessed = true;
  answers({.body = kFound});
  (void)ask();
  EXPECT_LE(*api.deadlines.back().at(), run.clock.now() + std::chrono::seconds(2));
}

TEST_F(ManagementTest, EndsTheRequestWhenItIsInterrupted) {
  api.answer = [](const HttpRequest&) -> ApiAnswer { throw Interrupted(); };
  EXPECT_THROW((void)ask(), Interrupted);
  EXPECT_EQ(api.under_way, 0);
}

TEST_F(ManagementTest, CannotAskAboutAQueueThatIsADotInAPath) {
  for (const auto* name : {".", ".."}) {
    EXPECT_THROW((void)ask("/", name), ManagementUnavailable);
    EXPECT_THROW((void)ask(name, "q"), ManagementUnavailable);
  }
  EXPECT_TRUE(api.requests.empty());
}

}  // namespace
}  // namespace mscomm
