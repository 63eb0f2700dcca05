#include "core/amqp/management.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "core/http/http.h"
#include "unit/error_matchers.h"
#include "unit/run_context.h"

namespace mscomm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

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
      return test::error_of([this] { (void)ask(); });
    }
    return "it was answered";
  }
  void answers(ApiAnswer answer) {
    api.answer = [answer](const HttpRequest&) { return answer; };
  }

  test::RunContext run;
  ManagementOptions options{"http://mq:15672", false, "me", Secret("secret"), {}};
  std::unique_ptr<FakeApi> owned_ = std::make_unique<FakeApi>();
  FakeApi& api = *owned_;
  std::unique_ptr<Management> management_;
};

constexpr const char* kFound = R"({"vhost": "/", "name": "q", "type": "quorum"})";
constexpr const char* kNotFound = R"({"error":"Object Not Found","reason":"Not Found"})";

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
  answers({.status = 404, .body = kNotFound});
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

// A broker with a sorted list of queues, which it gives page by page.
class QueueListTest : public ManagementTest {
 protected:
  QueueListTest() {
    api.answer = [this](const HttpRequest& request) { return page_of(request); };
  }

  static std::string parameter(const HttpRequest& request, const std::string& name) {
    const auto& text = request.url.text;
    for (const char before : {'?', '&'}) {
      const auto what = before + name + '=';
      if (const auto at = text.find(what); at != std::string::npos) {
        const auto begin = at + what.size();
        return text.substr(begin, text.find('&', begin) - begin);
      }
    }
    return {};
  }

  ApiAnswer page_of(const HttpRequest& request) {
    const auto number = std::stoul(parameter(request, "page"));
    const auto size = std::stoul(parameter(request, "page_size"));
    if (before_page) {
      before_page(number);
    }
    if (number > 1 && (number - 1) * size >= queues.size()) {
      return {.status = 400, .body = R"({"error":"page_out_of_range","reason":"x"})"};
    }
    std::vector<std::string> items;
    for (auto i = (number - 1) * size; i < std::min(number * size, queues.size()); ++i) {
      items.push_back(fmt::format(R"({{"vhost": "/", "name": "{}"}})", queues[i]));
    }
    return {.body = fmt::format(R"({{"items": [{}], "filtered_count": {}, "page_count": {}}})",
                                fmt::join(items, ","), queues.size(),
                                (queues.size() + size - 1) / size)};
  }

  std::vector<std::string> list(const QueueQuery& query = {}) {
    std::vector<std::string> names;
    management().for_each_queue(
        query, [&](const QueueFacts& queue) { names.push_back(queue.name); }, Deadline());
    return names;
  }

  static QueueQuery matching(const std::string& glob) {
    QueueQuery query;
    query.glob = glob;
    return query;
  }

  void fill(int count) {
    for (int i = 0; i < count; ++i) {
      queues.push_back(fmt::format("q{:04}", i));
    }
  }

  std::vector<std::string> queues;
  std::function<void(std::size_t)> before_page;
};

TEST_F(QueueListTest, GivesEachQueueOfAllPagesOnce) {
  fill(1201);
  EXPECT_EQ(list(), queues);
  EXPECT_EQ(api.requests.size(), 3U);
  EXPECT_THAT(api.requests.at(0).url.text,
              testing::StartsWith("http://mq:15672/api/queues?page=1&page_size=500&columns="));
  EXPECT_THAT(api.requests.at(0).url.text, Not(HasSubstr("arguments")));
}

TEST_F(QueueListTest, IsEmptyWithoutQueues) { EXPECT_TRUE(list().empty()); }

TEST_F(QueueListTest, AsksForSettingsInSmallerPages) {
  fill(150);
  EXPECT_EQ(list({"a/b", "*", true}), queues);
  EXPECT_THAT(api.requests.at(1).url.text,
              testing::StartsWith("http://mq:15672/api/queues/a%2Fb?page=2&page_size=100&"));
  EXPECT_THAT(api.requests.at(1).url.text, HasSubstr("effective_policy_definition"));
}

TEST_F(QueueListTest, MissesNothingWhenQueuesBeforeThePageVanish) {
  fill(1201);
  const auto others = std::vector<std::string>(queues.begin() + 600, queues.end());
  before_page = [this](std::size_t number) {
    if (number == 3) {
      queues.erase(queues.begin(), queues.begin() + 600);
      before_page = nullptr;
    }
  };
  const auto names = list();
  EXPECT_EQ(std::vector<std::string>(names.end() - 601, names.end()), others);
  EXPECT_EQ(names.size(), 1201U);
  EXPECT_TRUE(std::ranges::is_sorted(names));
}

TEST_F(QueueListTest, MissesNothingWhenQueuesVanishFromTheReadPages) {
  fill(1200);
  before_page = [this](std::size_t number) {
    if (number == 2) {
      queues.erase(queues.begin() + 10, queues.begin() + 20);
      before_page = nullptr;
    }
  };
  EXPECT_EQ(list().size(), 1200U);
}

TEST_F(QueueListTest, GivesNoQueueTwiceWhenOthersAppear) {
  fill(1200);
  before_page = [this](std::size_t number) {
    if (number == 2) {
      queues.insert(queues.begin(), {"a", "b"});
      before_page = nullptr;
    }
  };
  const auto names = list();
  EXPECT_EQ(names.size(), 1200U);
  EXPECT_EQ(names.front(), "q0000");
}

TEST_F(QueueListTest, EndsWhenAllQueuesVanish) {
  fill(1200);
  before_page = [this](std::size_t number) {
    if (number == 3) {
      queues.clear();
    }
  };
  EXPECT_EQ(list().size(), 1000U);
}

TEST_F(QueueListTest, MatchesNamesAsAShellDoes) {
  queues = {"Orders.eu", "orders", "orders.eu", "orders.us", "parcels"};
  EXPECT_THAT(list(matching("orders.*")), ElementsAre("orders.eu", "orders.us"));
  EXPECT_THAT(list(matching("?rders")), ElementsAre("orders"));
  EXPECT_THAT(list(matching("[op]*s")), ElementsAre("orders", "orders.us", "parcels"));
  EXPECT_THAT(list(matching("or\\*")), ElementsAre());
}

// RabbitMQ's expressions match in any case, and everywhere: they only have to let enough through.
TEST_F(QueueListTest, LetsTheBrokerSendFewerNames) {
  queues = {"q"};
  const auto expression = [this](const std::string& glob) {
    (void)list(matching(glob));
    return parameter(api.requests.back(), "name");
  };
  EXPECT_EQ(expression("*"), "");
  EXPECT_EQ(expression("orders.eu"), "%28%3Fs%29%5Eorders%5C.eu%24");
  EXPECT_EQ(expression("a*b"), "%28%3Fs%29%5Ea.%2Ab%24");
  EXPECT_EQ(expression("a*b*c*d"), "%28%3Fs%29%5Ea.%2Ab.%2A");
  EXPECT_EQ(expression("a**b"), "%28%3Fs%29%5Ea.%2Ab%24");
  EXPECT_EQ(expression("a[bc]d"), "%28%3Fs%29%5Ea.%2A");
  EXPECT_EQ(expression("a\\*d"), "%28%3Fs%29%5Ea.%2A");
  EXPECT_EQ(expression("a\xC3\xBC"), "%28%3Fs%29%5Ea.%2A");
  EXPECT_EQ(expression("a+(b"), "%28%3Fs%29%5Ea.%2A");
}

TEST_F(QueueListTest, IsEmptyForAVirtualHostThatDoesNotExist) {
  answers({.status = 404, .body = kNotFound});
  EXPECT_TRUE(list({"none", "*", false}).empty());
  EXPECT_THROW(list(), ManagementUnavailable);
}

TEST_F(QueueListTest, RefusesWhatIsNoPageInOrder) {
  for (const auto* body : {"[]", "{}", R"({"items": {}, "filtered_count": 1, "page_count": 1})",
                           R"({"items": [7], "filtered_count": 1, "page_count": 1})",
                           R"({"items": [], "filtered_count": -1, "page_count": 1})",
                           R"({"items": [{"vhost": "/", "name": "b"}, {"vhost": "/", "name": "a"}],
            "filtered_count": 2, "page_count": 1})"}) {
    answers({.body = body});
    EXPECT_THROW(list(), ManagementUnavailable) << body;
  }
}

TEST_F(QueueListTest, EndsWithWhatItsCallerThrows) {
  fill(3);
  EXPECT_THROW(management().for_each_queue(
                   {}, [](const QueueFacts&) { throw Interrupted(); }, Deadline()),
               Interrupted);
  EXPECT_EQ(api.requests.size(), 1U);
}

}  // namespace
}  // namespace mscomm
