#include "core/call/service_client.h"

#include "core/http/request_parts.h"
#include "core/runtime/random_id.h"

namespace mscomm {

ServiceClient::ServiceClient(const CallPlan& plan, const std::shared_ptr<DocumentFiles>& files,
                             Breaker::Sharing sharing, const Context& context)
    : plan_(plan),
      judgement_(plan.demands, files, context.log),
      http_(make_curl_client(plan.client, context.log, context.stop)),
      circuits_(plan.circuit, sharing, context) {}

ServiceClient::ServiceClient(std::unique_ptr<HttpClient> client, const CallPlan& plan,
                             const std::shared_ptr<DocumentFiles>& files, Breaker::Sharing sharing,
                             const Context& context)
    : plan_(plan),
      judgement_(plan.demands, files, context.log),
      http_(std::move(client)),
      circuits_(plan.circuit, sharing, context) {}

void ServiceClient::prepare(HttpRequest& request) const {
  if (plan_.idempotency_key) {
    add_default_header(request, "Idempotency-Key",
                       plan_.idempotency_key->empty() ? random_uuid() : *plan_.idempotency_key);
  }
}

}  // namespace mscomm
