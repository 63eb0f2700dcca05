#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "core/call/service_client.h"
#include "core/load/load_generator.h"
#include "core/load/load_target.h"

namespace mscomm {

/// HTTP requests, sent in turn, as the calls of a load run. Each call is judged, and goes through
/// the circuit breaker of its service, as a single request does.
class HttpLoad final : public LoadTarget {
 public:
  /// Throws Error{violated} when the contract forbids one of the requests. `service` and `context`
  /// must outlive it.
  HttpLoad(ServiceClient& service, std::vector<HttpRequest> requests, std::size_t callers,
           const Context& context);
  HttpLoad(const HttpLoad&) = delete;
  HttpLoad& operator=(const HttpLoad&) = delete;
  ~HttpLoad() override;

  std::optional<LoadRefusal> start(std::size_t number, std::uint64_t turn,
                                   const Deadline& deadline) override;
  std::optional<LoadCall> wait(const Deadline& until) override;
  void give_up(std::size_t number) override;
  void describe(LoadResult& result) const override;

 private:
  class HeadSink;
  struct Caller;

  void count(const HttpExchange& exchange);
  std::optional<Error> judge(const Caller& caller);

  ServiceClient& service_;
  std::vector<HttpRequest> requests_;
  const Context& context_;
  std::vector<std::unique_ptr<Caller>> callers_;  // pointers: an exchange must not move
  HttpRecord judged_;
  std::map<int, std::uint64_t> statuses_;
  std::uint64_t connections_ = 0;
  std::uint64_t resent_ = 0;
  std::uint64_t on_new_connection_ = 0;
  std::uint64_t body_bytes_ = 0;
};

/// Sends `requests` in turn as load. `call` applies, except for what would blur a measurement: no
/// retries and no redirects. Throws what ServiceClient and HttpLoad throw, and Error{usage} when
/// the system does not allow that many connections.
LoadResult load_services(std::vector<HttpRequest> requests, CallPlan call, const LoadPlan& plan,
                         const LoadProgress& progress, const Context& context);

}  // namespace mscomm
