#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/call/http_record.h"
#include "core/call/kept_body.h"
#include "core/contract/openapi.h"
#include "core/document/document_files.h"
#include "core/expression/assertion.h"
#include "core/http/http.h"
#include "core/http/status_set.h"
#include "core/runtime/error.h"
#include "core/schema/json_schema.h"
#include "core/telemetry/log.h"

namespace mscomm {

/// The error of a finished exchange; nothing when its status was expected.
///
///   exchange                                  | exit code
///   ------------------------------------------|-----------------
///   failed without a status                   | the failure's own
///   status expected, then failed              | the failure's own
///   status expected                           | ok
///   401, 403, 407, not expected               | denied
///   any other status, whatever became of the  | failed
///   body; but a failure on our side stays     |
std::optional<Error> judge(const HttpExchange& exchange, const StatusSet& expected);

/// Judges a response by its status, assertions, a JSON Schema and an OpenAPI description.
class Judgement {
 public:
  struct Demands {
    std::optional<StatusSet> expected;    ///< absent: any status
    std::vector<std::string> assertions;  ///< jq expressions over the record
    std::optional<std::string> schema;    ///< the file of a JSON Schema for the body
    std::optional<std::string> openapi;   ///< the file of an OpenAPI description
    BodyLimits limits;
  };

  /// Throws Error{usage} for an assertion, schema or description that is not valid, Error{io} for a
  /// file that cannot be read. `files` may be shared with others. `log` gets a message for a
  /// response that the description does not cover.
  Judgement(const Demands& demands, const std::shared_ptr<DocumentFiles>& files, Log log);

  /// Whether it reads bodies: an assertion about the status does not.
  [[nodiscard]] bool reads_body() const { return assertions_read_body_ || schema_ || openapi_; }
  /// Whether it reads more than the status.
  [[nodiscard]] bool reads_record() const { return !assertions_.empty() || reads_body(); }

  [[nodiscard]] const BodyLimits& limits() const { return limits_; }

  /// Whether refusal() checks requests.
  [[nodiscard]] bool judges_requests() const { return openapi_.has_value(); }

  /// Why a request should not be sent: it violates the OpenAPI description. Throws Error{usage} for
  /// a mistake in the description of its operation.
  std::optional<Error> refusal(const HttpRequest& request);

  /// All that is wrong, with the most serious reason; for a failed exchange only its status and
  /// failure.
  std::optional<Error> operator()(const HttpExchange& exchange, const HttpRecord& record);

 private:
  [[nodiscard]] std::vector<std::string> openapi_violations(const HttpExchange& exchange,
                                                            const HttpRecord& record);
  void check_memory(const HttpRecord& record) const;
  [[nodiscard]] std::vector<std::string> violations_of(const HttpExchange& exchange,
                                                       const HttpRecord& record);

  Log log_;
  std::optional<StatusSet> expected_;
  BodyLimits limits_;
  std::vector<Assertion> assertions_;
  bool assertions_read_body_ = false;
  std::optional<JsonSchema> schema_;
  std::optional<OpenApi> openapi_;
};

}  // namespace mscomm
