#include "core/amqp/management.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "core/amqp/queue_page.h"
#include "core/document/json_parser.h"
#include "core/document/json_value.h"
#include "core/http/curl_client.h"
#include "core/runtime/duration.h"
#include "core/runtime/redact.h"
#include "core/runtime/text.h"
#include "core/runtime/uri.h"
#include "core/telemetry/context.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

// For connecting and answering. Where nothing is known to be, there is little to wait for.
constexpr Duration kPatience = 5s;
constexpr Duration kPatienceWithGuess = 2s;
// For all pages of a list together, when the caller has no deadline.
constexpr Duration kPatienceWithList = 60s;

// For a page of queues. Parsed, the worst answer takes some thirty times that.
constexpr std::size_t kLargestAnswer = std::size_t{1} << 20U;
constexpr std::uint64_t kQueuesInPage = 500;  // the most that RabbitMQ gives
constexpr std::uint64_t kQueuesInPageWithSettings = 250;

constexpr std::string_view kColumns =
    "vhost,name,type,durable,exclusive,auto_delete,messages,messages_ready,"
    "messages_unacknowledged,consumers";
constexpr std::string_view kSettingsColumns =
    ",arguments,effective_policy_definition,delivery_limit";

constexpr const char* kWhereHint =
    "--management-url says where the management API is, `rabbitmq-plugins enable "
    "rabbitmq_management` provides it";

// Keeps an answer up to kLargestAnswer.
class AnswerSink final : public BodySink {
 public:
  explicit AnswerSink(const HttpRequest& request) : request_(request) {}
  void begin(const HttpResponse&) override { bytes.clear(); }
  void body(std::string_view piece) override {
    if (bytes.size() + piece.size() > kLargestAnswer) {
      throw ManagementUnavailable(
          Exit::failed,
          fmt::format("{}: the answer is larger than {} bytes", request_.title(), kLargestAnswer));
    }
    bytes += piece;
  }
  std::string bytes;

 private:
  const HttpRequest& request_;
};

// A request that is over when its owner is, whatever ended that.
class Exchange {
 public:
  explicit Exchange(HttpClient& client) : client_(client) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() { client_.cancel(http); }

  HttpExchange http;

 private:
  HttpClient& client_;
};

struct Answer {
  std::string title;  // of the request
  std::string user;
  int status = 0;
  std::string reason;
  std::string location;
  std::string body;
};

std::string text_member(const Json& json, const char* name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  return json.is_object() && found != json.end() && found->is_string() ? found->get<std::string>()
                                                                       : std::string();
}

std::optional<Json> json_of(const Answer& answer) {
  constexpr std::size_t kDeepest = 30;  // arguments of queues may be arrays and tables
  JsonMistake mistake;
  return is_json_nested_within(answer.body, kDeepest) ? parse_json(answer.body, mistake)
                                                      : std::nullopt;
}

ManagementUnavailable something_else(const Answer& answer, std::string_view what) {
  return {Exit::failed, fmt::format("{}: the answer is {}", answer.title, what), kWhereHint};
}

ManagementUnavailable refusal(const Answer& answer, const Json& json) {
  const auto reason = text_member(json, "reason");
  return {Exit::denied,
          fmt::format("{}: the user {} may not ask this{}", answer.title, in_quotes(answer.user),
                      reason.empty() ? "" : fmt::format(": {}", in_one_line(reason))),
          "is the password right, and has the user the tag management? rabbitmqctl list_users"};
}

ManagementUnavailable unexpected_status(const Answer& answer) {
  auto what = fmt::format("{}{}{}", answer.status, answer.reason.empty() ? "" : " ",
                          in_one_line(answer.reason));
  if (!answer.location.empty()) {
    what += fmt::format(", a redirection to {}", in_quotes(shown_url(answer.location)));
  }
  return something_else(answer, what);
}

// RabbitMQ's own words, so that another service's 404 does not count.
bool says_there_is_none(const Answer& answer, const Json& json) {
  const auto error = text_member(json, "error");
  return answer.status == 404 && (error == "Object Not Found" || error == "not_found");
}

// A name in a path.
std::string segment(std::string_view name) {
  if (name == "." || name == "..") {  // the path would lose it (RFC 3986 section 5.2.4)
    throw ManagementUnavailable(Exit::failed,
                                fmt::format("the management API has no path for '{}'", name));
  }
  return percent_encoded(name);
}

void require_success(const Answer& answer, const Json& json) {
  if (answer.status == 401 || answer.status == 403) {
    throw refusal(answer, json);
  }
  if (answer.status != 200) {
    throw unexpected_status(answer);
  }
  if (json.is_null()) {
    throw something_else(answer, "not JSON");
  }
}

class HttpManagement final : public Management {
 public:
  HttpManagement(ManagementOptions options, std::unique_ptr<HttpClient> client,
                 const Context& context)
      : options_(std::move(options)), context_(context), client_(std::move(client)) {}

  std::optional<QueueFacts> queue(std::string_view vhost, std::string_view name,
                                  const Deadline& until) override;
  void for_each_queue(const QueueQuery& query, const std::function<void(const QueueFacts&)>& take,
                      const Deadline& until) override;

 private:
  void prepare();
  Answer ask(const std::string& path, const std::string& query, const Deadline& until);
  std::optional<QueuePage> ask_page(const QueueQuery& query, std::uint64_t number,
                                    const Deadline& until);
  static std::uint64_t page_size(const QueueQuery& query) {
    return query.wants_settings ? kQueuesInPageWithSettings : kQueuesInPage;
  }

  ManagementOptions options_;
  const Context& context_;
  std::unique_ptr<HttpClient> client_;
  std::optional<HttpUrl> base_;
};

// What fails here is the user's mistake or this system's, but callers can go on without an answer.
void HttpManagement::prepare() {
  try {
    if (!base_) {
      std::string_view url = options_.url;
      while (url.ends_with('/')) {
        url.remove_suffix(1);
      }
      if (url.ends_with("/api")) {
        url.remove_suffix(std::string_view("/api").size());
      }
      auto base = parse_http_url(url);
      for (auto* const text : {&base.text, &base.shown}) {
        text->resize(text->find_last_not_of('/') + 1);
      }
      base_ = std::move(base);
    }
    if (!client_) {
      HttpClientOptions options;
      options.tls = options_.tls;
      // The broker's host is known to be reachable without a proxy.
      options.proxy = options_.is_guessed ? std::optional<std::string>("") : std::nullopt;
      client_ = make_curl_client(std::move(options), context_.log, context_.stop);
    }
  } catch (const Error& error) {
    throw ManagementUnavailable(error.reason(), fmt::format("the management API: {}", error.what()),
                                error.hint());
  }
}

Answer HttpManagement::ask(const std::string& path, const std::string& query,
                           const Deadline& until) {
  prepare();
  const auto patience = options_.is_guessed ? kPatienceWithGuess : kPatience;
  Exchange exchange(*client_);
  auto& [request, sink, deadline, repeats, status_only, prepared, response, failure] =
      exchange.http;
  request.url = *base_;
  request.url.text += path + "?" + query;
  request.url.shown += path;
  const bool has_login = !base_->user.empty() || !base_->password.empty();
  const auto& user = has_login ? base_->user : options_.user;
  const auto& password = has_login ? base_->password : options_.password;
  request.authorization = basic_authorization(user, password.reveal());
  AnswerSink body(request);
  sink = &body;
  deadline = until.min(context_.deadline).min(Deadline(context_.clock.now() + patience));
  perform(*client_, exchange.http);
  if (failure) {
    // Its hint names options of other commands.
    const bool is_late = failure->fault == HttpFault::timeout;
    throw ManagementUnavailable(failure->reason, failure->message,
                                is_late || failure->hint.empty() ? kWhereHint : failure->hint);
  }
  const auto* const location = find_header(response.headers, "location");
  return {request.title(),
          user,
          response.status,
          response.reason,
          location == nullptr ? "" : location->value,
          std::move(body.bytes)};
}

std::optional<QueueFacts> HttpManagement::queue(std::string_view vhost, std::string_view name,
                                                const Deadline& until) {
  if (vhost.empty() || name.empty()) {
    return std::nullopt;
  }
  const auto answer = ask(fmt::format("/api/queues/{}/{}", segment(vhost), segment(name)),
                          fmt::format("columns={}{}", kColumns, kSettingsColumns), until);
  const auto json = json_of(answer).value_or(Json());
  if (says_there_is_none(answer, json)) {
    return std::nullopt;
  }
  require_success(answer, json);
  auto facts = read_queue_facts(json);
  if (!facts || facts->vhost != vhost || facts->name != name) {
    throw something_else(answer, "not the description of that queue");
  }
  return facts;
}

// Nothing when that page does not exist, for example because queues vanished.
std::optional<QueuePage> HttpManagement::ask_page(const QueueQuery& query, std::uint64_t number,
                                                  const Deadline& until) {
  auto text = fmt::format("page={}&page_size={}&columns={}{}", number, page_size(query), kColumns,
                          query.wants_settings ? kSettingsColumns : "");
  if (const auto name = wider_expression(query.glob); !name.empty()) {
    text += fmt::format("&use_regex=true&name={}", percent_encoded(name));
  }
  const auto answer =
      ask(query.vhost ? fmt::format("/api/queues/{}", segment(*query.vhost)) : "/api/queues", text,
          until);
  const auto json = json_of(answer).value_or(Json());
  if (text_member(json, "error") == "page_out_of_range" ||
      (query.vhost && says_there_is_none(answer, json))) {
    return std::nullopt;
  }
  require_success(answer, json);
  auto page = read_queue_page(json);
  if (!page) {
    throw something_else(answer, "not a page of queues in the order of their names");
  }
  return page;
}

void HttpManagement::for_each_queue(const QueueQuery& query,
                                    const std::function<void(const QueueFacts&)>& take,
                                    const Deadline& until) {
  const auto end = until.min(Deadline(context_.clock.now() + kPatienceWithList));
  std::optional<std::pair<std::string, std::string>> last;  // virtual host and name
  std::uint64_t count = 0;
  for (std::uint64_t number = 1;;) {
    const auto page = ask_page(query, number, end);
    if (!page && number == 1) {
      return;
    }
    const auto lost = page ? count - std::min(count, page->count) : 1;
    if (page) {
      count = page->count;
    }
    if (lost > 0 && number > 1) {
      // Later queues have moved up, some of them to pages that were read.
      number -= std::min(number - 1, (lost - 1) / page_size(query) + 1);
      continue;
    }
    for (const auto& queue : page->queues) {
      if (last && place_of(queue) <= std::tie(last->first, last->second)) {
        continue;
      }
      last.emplace(queue.vhost, queue.name);
      if (fnmatch(query.glob.c_str(), queue.name.c_str(), 0) == 0) {
        take(queue);
      }
    }
    if (number >= page->pages) {
      return;
    }
    ++number;
  }
}

}  // namespace

std::unique_ptr<Management> make_management(ManagementOptions options, const Context& context) {
  return make_management(std::move(options), nullptr, context);
}

std::unique_ptr<Management> make_management(ManagementOptions options,
                                            std::unique_ptr<HttpClient> client,
                                            const Context& context) {
  return std::make_unique<HttpManagement>(std::move(options), std::move(client), context);
}

}  // namespace mscomm
