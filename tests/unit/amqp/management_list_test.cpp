#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/amqp/management.h"
#include "unit/amqp/management_fixture.h"

namespace mscomm {
namespace {

using test::ApiAnswer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// A broker with a sorted list of queues, which it gives page by page.
class QueueListTest : public test::ManagementTest {
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
  fill(350);
  EXPECT_EQ(list({"a/b", "*", true}), queues);
  EXPECT_THAT(api.requests.at(1).url.text,
              testing::StartsWith("http://mq:15672/api/queues/a%2Fb?page=2&page_size=250&"));
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
  answers({.status = 404, .body = test::kNoSuchQueue});
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
