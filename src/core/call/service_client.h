#pragma once

#include <memory>

#include "core/call/call_plan.h"
#include "core/call/circuits.h"
#include "core/call/judgement.h"
#include "core/document/document_files.h"
#include "core/http/http.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// The parts for calling services, set up as a plan says: an HTTP client, the judgement of
/// responses, and circuit breakers. For one thread; its users decide when and how often a request
/// is sent.
class ServiceClient {
 public:
  /// With libcurl. Throws as Judgement and make_curl_client() do. `plan` and `context` must outlive
  /// it; `files` may be shared with others.
  ServiceClient(const CallPlan& plan, const std::shared_ptr<DocumentFiles>& files,
                Breaker::Sharing sharing, const Context& context);
  /// With an HTTP client other than libcurl.
  ServiceClient(std::unique_ptr<HttpClient> client, const CallPlan& plan,
                const std::shared_ptr<DocumentFiles>& files, Breaker::Sharing sharing,
                const Context& context);

  [[nodiscard]] HttpClient& http() { return *http_; }
  [[nodiscard]] Judgement& judgement() { return judgement_; }
  [[nodiscard]] Circuits& circuits() { return circuits_; }

  /// Adds the plan's headers to a request. Call it once for all attempts at the request.
  void prepare(HttpRequest& request) const;

 private:
  const CallPlan& plan_;
  Judgement judgement_;
  std::unique_ptr<HttpClient> http_;
  Circuits circuits_;
};

}  // namespace mscomm
