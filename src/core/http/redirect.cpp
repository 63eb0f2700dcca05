#include "core/http/redirect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/runtime/error.h"
#include "core/runtime/redact.h"

namespace mscomm {
namespace {

// RFC 9110 section 15.4: "Content-specific header fields".
constexpr std::array<std::string_view, 9> kContentHeaders{
    "content-encoding", "content-language", "content-location",
    "content-type",     "content-length",   "content-md5",
    "digest",           "last-modified",    "transfer-encoding"};

// Such a header must not reach another origin.
bool is_for_one_origin(const HttpHeader& header) {
  return same_header_name(header.name, "host") || is_secret_header(header.name);
}

bool is_about_content(const HttpHeader& header) {
  return std::ranges::any_of(kContentHeaders, [&header](std::string_view name) {
    return same_header_name(header.name, name);
  });
}

bool becomes_get(const std::string& method, int status) {
  if (status == 303) {
    return method != "GET" && method != "HEAD";
  }
  return (status == 301 || status == 302) && method == "POST";
}

// Passes a response on unless it is a redirect to be followed.
class LastResponseSink final : public BodySink {
 public:
  LastResponseSink(BodySink* target, bool following) : target_(target), following_(following) {}

  void begin(const HttpResponse& response) override {
    if (following_ && is_redirect(response)) {
      target_ = nullptr;
    }
    if (target_ != nullptr) {
      target_->begin(response);
    }
  }
  void body(std::string_view piece) override {
    if (target_ != nullptr) {
      target_->body(piece);
    }
  }
  [[nodiscard]] int blocked_on() const override {
    return target_ == nullptr ? -1 : target_->blocked_on();
  }
  void resume() override {
    if (target_ != nullptr) {
      target_->resume();
    }
  }

 private:
  BodySink* target_;
  bool following_;
};

// Gives an exchange another sink until the end of the scope.
class SinkLoan {
 public:
  SinkLoan(HttpClient& client, HttpExchange& exchange, BodySink& sink)
      : client_(client), exchange_(exchange), owner_(exchange.sink) {
    exchange.sink = &sink;
  }
  SinkLoan(const SinkLoan&) = delete;
  SinkLoan& operator=(const SinkLoan&) = delete;
  ~SinkLoan() {
    client_.cancel(exchange_);
    exchange_.sink = owner_;
  }

 private:
  HttpClient& client_;
  HttpExchange& exchange_;
  BodySink* owner_;
};

void perform_last_shown(HttpClient& client, HttpExchange& exchange, bool follow) {
  LastResponseSink sink(exchange.sink, follow);
  const SinkLoan loan(client, exchange, sink);
  perform(client, exchange);
}

HttpHop hop_of(const HttpExchange& exchange) {
  const auto& response = exchange.response;
  return {exchange.request.method, exchange.request.url.shown,
          response.status,         find_header(response.headers, "location")->value,
          response.timings,        exchange.request.url.origin};
}

// A POST that was answered with where to look has arrived; that the look fails does not undo it.
void remember_request(HttpExchange& exchange, const std::vector<HttpHop>& hops) {
  auto& failure = *exchange.failure;
  const bool has_arrived = !hops.empty() && !is_idempotent(hops.front().method) &&
                           is_idempotent(exchange.request.method);
  if (has_arrived && (failure.reason == Exit::unreachable || failure.reason == Exit::timeout)) {
    failure.reason = Exit::in_doubt;
    failure.hint = fmt::format("the {} was answered with {}, so it may well be done",
                               hops.front().method, hops.front().status);
  }
}

}  // namespace

bool is_redirect(const HttpResponse& response) {
  constexpr std::array kStatuses{301, 302, 303, 307, 308};
  const auto* const location = find_header(response.headers, "location");
  // An empty one would lead back to where it came from.
  return std::ranges::find(kStatuses, response.status) != kStatuses.end() && location != nullptr &&
         !location->value.empty();
}

std::optional<HttpRequest> redirected(const HttpRequest& request, const HttpResponse& response) {
  if (!is_redirect(response)) {
    return std::nullopt;
  }
  HttpRequest next = request;
  next.url = resolve_location(request.url, find_header(response.headers, "location")->value);
  if (becomes_get(request.method, response.status)) {
    next.method = "GET";
    next.body.reset();
    next.form.clear();
    std::erase_if(next.headers, is_about_content);
  }
  if (next.url.origin != request.url.origin) {
    next.authorization = Secret();
    std::erase_if(next.headers, is_for_one_origin);
  }
  if (!next.url.user.empty()) {
    next.authorization = basic_authorization(next.url.user, next.url.password.reveal());
  }
  return next;
}

void perform_following(HttpClient& client, HttpExchange& exchange, bool follow, std::size_t limit,
                       std::vector<HttpHop>& hops) {
  for (;;) {
    perform_last_shown(client, exchange, follow);
    if (exchange.failure) {
      remember_request(exchange, hops);
    }
    if (exchange.failure || !follow) {
      return;
    }
    std::optional<HttpRequest> next;
    try {
      next = redirected(exchange.request, exchange.response);
    } catch (Error& error) {
      error.add_context(exchange.request.title());
      exchange.failure =
          HttpFailure{HttpFault::redirects, error.reason(), error.what(), error.hint()};
    }
    if (!next) {
      return;
    }
    if (hops.size() >= limit) {
      exchange.failure =
          HttpFailure{HttpFault::redirects, Exit::failed,
                      fmt::format("{}: more than {} redirects; the next would be to {}",
                                  exchange.request.title(), limit, next->url.shown),
                      "a redirect loop? --max-redirs allows more"};
      return;
    }
    hops.push_back(hop_of(exchange));
    exchange.request = std::move(*next);
    exchange.response = {};
  }
}

}  // namespace mscomm
