#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/contract/assertion.h"
#include "core/http/http.h"
#include "core/http/http_record.h"
#include "core/http/status_set.h"
#include "core/runtime/error.h"

namespace mscomm {

/// What is wrong with a finished exchange; nothing when its status was expected.
///
///   exchange                      | exit code
///   ------------------------------|-----------------
///   failed                        | the failure's own
///   status expected               | ok
///   401, 403, 407, not expected   | denied
///   any other status              | failed
std::optional<Error> judge(const HttpExchange& exchange, const StatusSet& expected);

/// Judges a response by its status and by what else is asked of it.
class Judgement {
 public:
  /// `assertions` are jq expressions over the record. Throws Error{usage} for one that does not
  /// compile.
  Judgement(std::optional<StatusSet> expected, const std::vector<std::string>& assertions);

  /// Whether it looks at bodies.
  [[nodiscard]] bool reads_body() const { return !assertions_.empty(); }

  /// What is wrong, all of it; the reason is the most serious one. Of a failed exchange only that.
  std::optional<Error> operator()(const HttpExchange& exchange, const HttpRecord& record);

 private:
  std::optional<StatusSet> expected_;  ///< absent: any status
  std::vector<Assertion> assertions_;
};

}  // namespace mscomm
