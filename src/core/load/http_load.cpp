#include "core/load/http_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/runtime/files.h"

namespace mscomm {
namespace {

// RFC 9110 section 15.
LoadStatus::Meaning meaning_of(int status) {
  using Meaning = LoadStatus::Meaning;
  switch (status / 100) {
    case 2:
      return Meaning::success;
    case 3:
      return Meaning::elsewhere;
    case 4:
      return Meaning::callers_error;
    case 5:
      return Meaning::services_error;
    default:
      return Meaning::other;
  }
}

std::string kind_of(const HttpExchange& exchange, const Error& error) {
  if (exchange.failure) {
    return std::string(fault_name(exchange.failure->fault));
  }
  return error.reason() == Exit::violated      ? "violated"
         : error.reason() == Exit::unreachable ? std::string(fault_name(HttpFault::too_large))
                                               : fmt::format("status {}", exchange.response.status);
}

// One connection for each caller and service: with fewer, the pool would close one that is still
// needed.
std::size_t most_connections(const std::vector<HttpRequest>& requests, std::size_t callers) {
  std::set<std::string> origins;
  for (const auto& request : requests) {
    origins.insert(request.url.origin);
  }
  return callers * origins.size();
}

}  // namespace

// Keeps the beginning of a body.
class HttpLoad::HeadSink final : public BodySink {
 public:
  void keep(std::size_t most) { most_ = most; }
  void clear() {
    bytes_.clear();
    is_cut_ = false;
  }
  void body(std::string_view piece) override {
    is_cut_ = is_cut_ || piece.size() > most_ - std::min(most_, bytes_.size());
    bytes_.append(piece.substr(0, most_ - std::min(most_, bytes_.size())));
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] bool is_cut() const { return is_cut_; }
  [[nodiscard]] std::size_t most() const { return most_; }

 private:
  std::size_t most_ = kSampledBytes;
  std::string bytes_;
  bool is_cut_ = false;
};

struct HttpLoad::Caller final : HttpExchange {
  std::size_t number = 0;
  HeadSink head;
  std::optional<std::size_t> turn;  // index of its request
  Permit permit;
};

HttpLoad::HttpLoad(ServiceClient& service, std::vector<HttpRequest> requests, std::size_t callers,
                   const Context& context)
    : service_(service), requests_(std::move(requests)), context_(context) {
  for (auto& request : requests_) {
    service_.prepare(request);
    if (const auto refusal = service_.judgement().refusal(request)) {
      throw Error(*refusal);  // thrown before any request is sent
    }
  }
  const auto& judgement = service_.judgement();
  for (std::size_t i = 0; i < callers; ++i) {
    auto& caller = *callers_.emplace_back(std::make_unique<Caller>());
    caller.number = i;
    caller.repeats = true;
    caller.wants_status_only = !judgement.reads_record() && !service_.circuits().exist();
    caller.sink = &caller.head;
    caller.head.keep(judgement.reads_body() ? judgement.limits().for_each_of(callers)
                                            : kSampledBytes);
  }
}

HttpLoad::~HttpLoad() {
  for (const auto& caller : callers_) {
    service_.http().cancel(*caller);
  }
}

std::optional<LoadRefusal> HttpLoad::start(std::size_t number, std::uint64_t turn,
                                           const Deadline& deadline) {
  auto& caller = *callers_[number];
  const auto index = turn % requests_.size();
  if (caller.turn != index) {
    caller.request = requests_[index];
    caller.prepared = nullptr;
    caller.turn = index;
  }
  auto& circuits = service_.circuits();
  if (circuits.exist()) {
    caller.permit = circuits.acquire(caller.request);
    if (!caller.permit.allowed) {
      return LoadRefusal{{"circuit open", circuits.refusal(caller.request, caller.permit)},
                         caller.permit.retry_after};
    }
  }
  caller.head.clear();
  caller.deadline = deadline;
  service_.http().start(caller);
  return std::nullopt;
}

std::optional<LoadCall> HttpLoad::wait(const Deadline& until) {
  auto* const done = service_.http().wait(until);
  if (done == nullptr) {
    return std::nullopt;
  }
  auto& caller = static_cast<Caller&>(*done);
  LoadCall call;
  call.caller = caller.number;
  call.ended = context_.clock.now();
  count(caller);
  if (!caller.failure) {
    call.service = caller.response.timings.total;
  }
  const auto error = judge(caller);
  service_.circuits().record(caller.request, caller.permit, caller, caller.response.timings.total,
                             error ? error->what() : std::string_view());
  if (error) {
    call.failure = LoadFailure{kind_of(caller, *error), *error, caller.head.bytes()};
  }
  return call;
}

void HttpLoad::give_up(std::size_t number) {
  auto& caller = *callers_[number];
  service_.http().cancel(caller);
  service_.circuits().give_up(caller.request, caller.permit);
}

void HttpLoad::count(const HttpExchange& exchange) {
  const auto& response = exchange.response;
  connections_ += response.connects;
  resent_ += std::max(response.sends, 1U) - 1;
  body_bytes_ += response.body_bytes;
  if (!exchange.failure) {
    ++statuses_[response.status];
    on_new_connection_ += response.connects > 0 ? 1U : 0U;
  }
}

// The record is built only when a judgement reads it.
std::optional<Error> HttpLoad::judge(const Caller& caller) {
  auto& judgement = service_.judgement();
  if (judgement.reads_body() && caller.head.is_cut() && !caller.failure) {
    return BodyTooLarge(caller.head.most());
  }
  if (judgement.reads_record() && !caller.failure) {
    judged_.method = caller.request.method;
    judged_.url = caller.request.url.shown;
    judged_.response = caller.response;
    judged_.body = caller.head.bytes();
  }
  return judgement(caller, judged_);
}

void HttpLoad::describe(LoadResult& result) const {
  const auto& first = requests_.front();
  result.action = first.method;
  result.target = first.url.shown;
  result.targets = requests_.size();
  result.connections = connections_;
  result.resent = resent_;
  result.on_new_connection = on_new_connection_;
  result.body_bytes = body_bytes_;
  for (const auto& [status, count] : statuses_) {
    result.statuses[fmt::to_string(status)] = {count, meaning_of(status)};
  }
}

LoadResult load_services(std::vector<HttpRequest> requests, CallPlan call, const LoadPlan& plan,
                         const LoadProgress& progress, const Context& context) {
  const auto connections = most_connections(requests, plan.callers());
  constexpr std::size_t kResolving = 48;  // libcurl's resolver threads at the start
  allow_open_files(connections + kResolving, fmt::format("{} connections at once", connections));
  call.client.pooled_connections = static_cast<long>(connections);
  const auto read = document_reader(context.patience());
  ServiceClient service(call, std::make_shared<DocumentFiles>(read), Breaker::Sharing::at_the_end,
                        context);
  HttpLoad target(service, std::move(requests), plan.callers(), context);
  auto result = generate_load(target, plan, progress, context);
  service.circuits().persist();
  return result;
}

}  // namespace mscomm
